/* Lessons: guess first. A menu, one question at a time, the answer after one has committed oneself, and the sum. */

import { find, findAll, made, say } from "./dom.js";
import { Refused } from "./engine/port.js";
import dice from "./lessons/dice.js";
import trace from "./lessons/find.js";
import networks from "./lessons/networks.js";
import overfitting from "./lessons/overfitting.js";
import quiz from "./lessons/quiz.js";
import threshold from "./lessons/threshold.js";

/**
 * @typedef {import("./lessons/lesson.js").Lesson} Lesson
 * @typedef {import("./lessons/lesson.js").Outcome} Outcome
 * @typedef {import("./lessons/lesson.js").Step} Step
 */

const LESSONS = [trace, dice, threshold, networks, overfitting, quiz];
const [FIRST, COMMIT] = ["Answer first", "That is my answer"];
const MARKS = { right: "Right.", near: "Close.", wrong: "Not this time." };

export default class Lessons {
  /**
   * @param {HTMLElement} root
   * @param {import("./page.js").Page} page
   * @param {import("./lessons/lesson.js").Needs} needs
   */
  constructor(root, page, needs) {
    this.root = root;
    this.page = page;
    /** @type {Map<string, Promise<import("./engine/port.js").Opened>>} */
    this.slices = new Map();
    this.tools = { needs, page, open: (/** @type {string} */ name) => this.open(name) };
    this.form = find(root, "form.lesson", HTMLFormElement);
    this.button = find(root, ".commit", HTMLButtonElement);
    this.lessons = LESSONS.filter((lesson) => lesson.works(needs));
    /** @type {Lesson | null} */
    this.lesson = null;
    /** @type {Step[]} */
    this.steps = [];
    /** @type {Outcome[]} */
    this.outcomes = [];
    this.at = 0;
    this.answered = false;
    this.ticket = 0; // the newest step wins when two overlap
    this.listen();
    this.showMenu();
    page.store.subscribe(["tab"], () => this.makeRoom());
    const asked = page.address.get("lesson");
    const lesson = this.lessons.find(({ name }) => name === asked);
    if (lesson) this.begin(lesson, Number(page.address.get("step") ?? 1) - 1, false); // who opens a link reads from its top
    else if (asked) say(find(root, ".notice"), `There is no lesson '${asked}' here. These are the lessons:`);
  }

  showMenu() {
    find(this.root, ".cards").replaceChildren(...this.lessons.map((lesson) => {
      const count = lesson.steps(this.tools).length;
      const button = made("button", { type: "button", value: lesson.name }, made("b", {}, lesson.title(this.tools.needs)),
        made("span", {}, lesson.about), made("span", { class: "quiet" }, `${count} questions`));
      button.addEventListener("click", () => this.begin(lesson));
      return made("li", {}, button);
    }));
  }

  leave() {
    this.ticket++;
    this.lesson = null;
    this.makeRoom();
    this.page.address.set({ lesson: null, step: null });
    this.form.hidden = true;
    find(this.root, ".menu").hidden = false;
    find(this.root, ".cards button").focus();
  }

  /**
   * @param {Lesson} lesson
   * @param {number} [at]  Which question to begin with, counted from 0.
   * @param {boolean} [focus]
   */
  begin(lesson, at = 0, focus = true) {
    this.lesson = lesson;
    this.steps = lesson.steps(this.tools);
    this.outcomes = [];
    this.makeRoom();
    find(this.root, ".menu").hidden = true;
    this.form.hidden = false;
    this.form.dataset.lesson = lesson.name;
    find(this.root, ".title").textContent = lesson.title(this.tools.needs);
    this.goTo(Number.isInteger(at) && at > 0 && at < this.steps.length ? at : 0, focus);
  }

  /**
   * @param {number} at
   * @param {boolean} [focus]  Whether the question is gone to.
   */
  async goTo(at, focus = true) {
    const mine = ++this.ticket;
    const { root, steps } = this;
    this.at = at;
    this.answered = false;
    this.page.address.set({ lesson: this.lesson?.name ?? null, step: at ? String(at + 1) : null });
    this.showSum(false);
    find(root, ".progress").textContent = `Question ${at + 1} of ${steps.length}`;
    find(root, ".question").textContent = steps[at].question;
    find(root, ".hint").textContent = steps[at].hint;
    say(find(root, ".notice"), "");
    find(root, ".answer").replaceChildren();
    this.label(FIRST, false);
    const scene = made("div", { class: "scene" }, made("p", { class: "quiet" }, "On its way."));
    const control = made("div", { class: "control" });
    find(root, ".scene").replaceWith(scene);
    find(root, ".ask > .control").replaceWith(control);
    delete this.form.dataset.ready;
    if (focus) find(root, ".question").focus();
    try {
      await steps[at].show({
        form: this.form, scene, control,
        ready: (ready) => mine === this.ticket && !this.answered && this.label(ready ? COMMIT : FIRST, ready),
      });
      if (mine !== this.ticket) return;
      scene.hidden = !scene.childElementCount; // a question of the quiz has no picture
      this.form.dataset.ready = String(at + 1);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      if (mine === this.ticket) say(find(root, ".notice"), error.message);
    }
  }

  /** The one button: commit, then go on. */
  press() {
    if (this.answered) return this.at + 1 < this.steps.length ? this.goTo(this.at + 1) : this.sum();
    this.answered = true;
    const outcome = this.steps[this.at].answer();
    this.outcomes[this.at] = outcome;
    const box = find(this.root, ".answer");
    box.className = `answer ${outcome.mark}`;
    box.replaceChildren(made("b", {}, MARKS[outcome.mark]), made("span", {}, outcome.says));
    this.label(this.at + 1 < this.steps.length ? "Next question" : "See how you did", true);
    this.button.scrollIntoView({ block: "nearest" }); // on a telephone the picture pushes it down
    return undefined;
  }

  sum() {
    this.showSum(true);
    const given = this.steps.flatMap((step, i) => (this.outcomes[i] ? [{ step, outcome: this.outcomes[i] }] : []));
    const marks = given.map(({ outcome }) => outcome.mark);
    const right = marks.filter((mark) => mark === "right").length;
    const near = marks.filter((mark) => mark === "near").length;
    find(this.root, ".total").textContent = `${right} of ${given.length} right${near ? `, ${near} close` : ""}.`;
    find(this.root, ".progress").textContent = "How you did";
    find(this.root, ".sum tbody").replaceChildren(...given.map(({ step, outcome }) => made("tr", {},
      made("th", { scope: "row" }, step.question), made("td", {}, outcome.yours), made("td", {}, outcome.truth),
      made("td", {}, MARKS[outcome.mark]))));
    const further = this.lesson?.further(this.tools) ?? [];
    find(this.root, ".further").replaceChildren(...further.map(({ words, to }) => {
      const href = this.page.address.with({ lesson: null, step: null, ...to });
      return made("li", {}, made("a", { href }, words));
    }));
    find(this.root, ".total").focus();
  }

  /** On a telephone, a lesson has the screen for itself. */
  makeRoom() {
    const at = Boolean(this.lesson) && this.page.store.state.tab === "lessons";
    for (const introduction of findAll(document, "#header p:not(.small)")) introduction.classList.toggle("spare", at);
  }

  /** @param {boolean} on  The sum, or the question. */
  showSum(on) {
    for (const part of [".asks", ".scene", ".ask"]) find(this.root, part).hidden = on;
    find(this.root, ".sum").hidden = !on;
  }

  /**
   * @param {string} words
   * @param {boolean} ready
   */
  label(words, ready) {
    this.button.textContent = words;
    this.button.disabled = !ready;
  }

  /**
   * An example, opened once, without any other tab's noticing.
   * @param {string} name
   */
  open(name) {
    const known = this.slices.get(name);
    if (known) return known;
    const opened = this.page.engine.open({
      slice: { example: name }, mask: { example: name },
      files: [], values: "auto", label: null, order: null, place: null, turn: 0,
    });
    this.slices.set(name, opened);
    opened.catch(() => this.slices.delete(name)); // to be asked for again
    return opened;
  }

  listen() {
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (this.lesson && !this.button.disabled) this.press();
    });
    find(this.root, ".leave").addEventListener("click", () => this.leave());
    find(this.root, ".again").addEventListener("click", () => this.lesson && this.begin(this.lesson));
  }
}
