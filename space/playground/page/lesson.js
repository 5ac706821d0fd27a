/* The lessons' buttons, and the card of the one that is open. */

import { find, made } from "../../page/dom.js";
import { LESSONS, UNTIL } from "./lessons.js";

/** @typedef {import("./lessons.js").Lesson} Lesson */

const ONE = `It pauses after ${UNTIL} steps; ▶ goes on.`;
const BOTH = `Run both, one after the other. Each pauses after ${UNTIL} steps; the first stays in the chart, dashed.`;

export class LessonCard {
  /**
   * @param {HTMLElement} root
   * @param {object} on
   * @param {(name: string | null) => void} on.open  Called when a person opens or closes a lesson.
   * @param {(run: import("./lessons.js").Run) => void} on.run
   */
  constructor(root, on) {
    this.on = on;
    this.card = find(root, ".lesson");
    this.buttons = LESSONS.map(({ name, title }) => {
      const button = made("button", { type: "button", value: name, "aria-pressed": "false" }, title);
      button.addEventListener("click", () => on.open(button.getAttribute("aria-pressed") === "true" ? null : name));
      return button;
    });
    find(root, ".lessons").append(...this.buttons);
  }

  /** @param {string | null} name */
  show(name) {
    const lesson = LESSONS.find((one) => one.name === name);
    for (const button of this.buttons) button.setAttribute("aria-pressed", String(button.value === lesson?.name));
    this.card.hidden = !lesson;
    this.card.replaceChildren(...(lesson ? this.content(lesson) : []));
  }

  /** @param {Lesson} lesson */
  content({ question, runs, answer, where }) {
    const buttons = runs.map((run) => {
      const button = made("button", { type: "button", class: "primary" }, `▶ ${run.button}`);
      button.addEventListener("click", () => this.on.run(run));
      return button;
    });
    return [
      made("p", { class: "question" }, question),
      made("div", { class: "runs" }, ...buttons, made("span", { class: "quiet" }, runs.length > 1 ? BOTH : ONE)),
      made("details", {}, made("summary", {}, "Answer"), made("p", {}, answer), made("p", { class: "quiet" }, where)),
    ];
  }
}
