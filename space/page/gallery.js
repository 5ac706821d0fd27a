/* Examples as pictures to click on, raw: nothing of mask or prediction is seen before one is opened. */

import { findAll, made } from "./dom.js";

/** @typedef {{name: string, url: string}} Example */

export class Gallery {
  /**
   * @param {HTMLElement} place
   * @param {Example[]} examples
   * @param {(name: string) => void} choose
   */
  constructor(place, examples, choose) {
    this.place = place;
    place.replaceChildren(...examples.map(({ name, url }) => {
      const [image, words] = [made("img", { src: url, alt: "" }), made("span", {}, name)];
      const button = made("button", { type: "button", value: name }, image, words);
      button.addEventListener("click", () => choose(name));
      return button;
    }));
  }

  /** @param {string | null} name  Of the example that is open. */
  mark(name) {
    for (const button of findAll(this.place, "button", HTMLButtonElement)) {
      button.setAttribute("aria-pressed", String(button.value === name));
    }
  }
}
