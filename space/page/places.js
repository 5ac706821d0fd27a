/* Which slice of a volume: the slider below a stage. */

import { find } from "./dom.js";
import { clamp } from "./scores.js";

export class Places {
  /**
   * @param {HTMLElement} root  Holds `.places`.
   * @param {Pick<import("./page.js").Page, "store" | "desk">} page
   */
  constructor(root, { store, desk }) {
    this.root = root;
    this.desk = desk;
    this.count = 1;
    this.slider = find(root, ".place", HTMLInputElement);
    this.slider.addEventListener("input", () => this.goTo(Number(this.slider.value)));
    store.subscribe(["opened", "busy"], ({ opened }) => { // also where a slice could not be had
      if (!opened) return;
      this.count = opened.places;
      find(root, ".places").hidden = opened.places === 1;
      this.show(desk.heading); // who moves on quickly is further by now
    });
  }

  /**
   * Show a place on the slider; the slice itself comes with the answer.
   * @param {number} place
   */
  show(place) {
    const text = `${place + 1} of ${this.count}`;
    this.slider.max = String(this.count - 1);
    this.slider.value = String(place);
    this.slider.setAttribute("aria-valuetext", text);
    find(this.root, ".place-text").textContent = text;
  }

  /** @param {number} place */
  goTo(place) {
    this.show(place);
    this.desk.moveTo(place);
  }

  /**
   * Go some slices towards the head; false where there is one slice only.
   * @param {number} step
   */
  step(step) {
    if (this.count === 1) return false;
    const now = Number(this.slider.value);
    const next = clamp(now + step, 0, this.count - 1);
    if (next !== now) this.goTo(next);
    return true;
  }
}
