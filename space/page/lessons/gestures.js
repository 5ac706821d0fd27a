/* How an answer is given: one of several, or a number. */

import { find, findAll, made } from "../dom.js";

/**
 * @typedef {{words: string, more?: string}} Option
 * @typedef {import("./lesson.js").Place} Place
 */

export class Choice {
  /**
   * @param {Place} place
   * @param {string} label
   * @param {Option[]} options
   */
  constructor({ control, ready }, label, options) {
    this.chosen = -1;
    this.options = options;
    const choices = options.map(({ words, more }, i) => {
      const input = made("input", { type: "radio", name: "choice", value: String(i) });
      input.addEventListener("change", () => {
        this.chosen = i;
        ready(true);
      });
      const says = made("span", {}, words, ...(more ? [made("span", { class: "quiet" }, more)] : []));
      return made("label", { class: "option" }, input, says);
    });
    this.root = made("div", { role: "radiogroup", "aria-label": label, class: "control" }, ...choices);
    control.append(this.root);
  }

  /**
   * Close it and show which is right.
   * @param {number} right
   * @returns {{mark: "right" | "wrong", yours: string, truth: string}}
   */
  settle(right) {
    for (const input of findAll(this.root, "input", HTMLInputElement)) input.disabled = true;
    const option = findAll(this.root, ".option")[right];
    option.classList.add("is-right");
    find(option, "span").append(made("b", { class: "quiet" }, "This is the answer."));
    const [yours, truth] = [this.chosen, right].map((at) => this.options[at].words);
    return { mark: this.chosen === right ? "right" : "wrong", yours, truth };
  }
}

export class Guess {
  /**
   * @param {Place} place
   * @param {string} label
   * @param {object} range
   * @param {number} range.most  It goes from 0 on.
   * @param {number} range.step
   * @param {number} range.start  Where it stands at first; that is no answer yet.
   * @param {(value: number) => string} range.text
   * @param {(value: number) => string} [range.aloud]  What a screen reader says of it, if that is more.
   * @param {(value: number) => void} [range.onMove]
   */
  constructor({ control, ready }, label, { most, step, start, text, aloud = text, onMove = () => {} }) {
    this.value = start;
    this.text = text;
    this.aloud = aloud;
    this.onMove = onMove;
    this.input = made("input", {
      type: "range", min: "0", max: String(most), step: String(step), value: String(start), "aria-label": label,
    });
    this.shown = made("b", { class: "guess" });
    for (const event of ["input", "change"]) {
      this.input.addEventListener(event, () => {
        this.set(Number(this.input.value));
        ready(true);
      });
    }
    this.input.addEventListener("pointerup", () => ready(true)); // who agrees with where it stands presses it
    this.slider = made("label", { class: "slider" }, made("span", {}, label), this.input);
    control.append(this.slider, this.shown);
    this.set(start);
  }

  /** @param {number} value */
  set(value) {
    this.value = value;
    this.input.value = String(value);
    this.shown.textContent = this.text(value);
    this.onMove(value);
    this.input.setAttribute("aria-valuetext", this.aloud(value));
  }

  /** Nothing is left to move. */
  settle() {
    this.slider.remove();
  }
}
