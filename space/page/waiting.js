/* Where many ask at once: how many questions come before one's own, in a corner of the page, until it is one's turn. */

import { made } from "./dom.js";

export class Waiting {
  /** @param {HTMLElement} root */
  constructor(root) {
    this.words = made("p");
    this.place = made("div", { id: "waiting", class: "part", hidden: "" }, this.words);
    this.spoken = made("p", { class: "only-read", role: "status" }); // once: each change would be too much to hear
    root.append(this.place, this.spoken);
  }

  /** @param {import("./engine/line.js").Wait | null} wait */
  show(wait) {
    if (wait) this.words.textContent = sentence(wait);
    if (this.place.hidden !== !wait) this.spoken.textContent = wait ? sentence(wait) : "";
    this.place.hidden = !wait;
  }
}

/** @param {import("./engine/line.js").Wait} wait */
function sentence({ ahead, seconds }) {
  const whole = Math.max(1, Math.round(seconds));
  return `Many people are asking: ${ahead} ${ahead === 1 ? "question comes" : "questions come"} before yours. `
    + `It will take about ${whole} ${whole === 1 ? "second" : "seconds"}; you keep your place.`;
}
