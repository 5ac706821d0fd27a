/* What a screen reader says of a result: a sentence, once the result has stood still for a moment. While a slider moves, its
   own value is read; every result on the way would be too much. */

import { made } from "./dom.js";

const STILL = 700; // ms: longer than a held arrow key takes from step to step

export class Spoken {
  /** @param {HTMLElement} root  Of the part whose results are told. */
  constructor(root) {
    this.root = root;
    this.place = root.appendChild(made("p", { class: "only-read spoken", role: "status" }));
    /** @type {number | undefined} */
    this.timer = undefined;
  }

  /** @param {string} sentence */
  say(sentence) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      if (this.place.textContent !== sentence) this.place.textContent = sentence;
    }, STILL);
  }

  /**
   * Tell what came of something that was done in this part; what only followed from elsewhere, one hears there.
   * @param {string} sentence
   */
  answer(sentence) {
    if (this.root.contains(document.activeElement)) this.say(sentence);
  }
}
