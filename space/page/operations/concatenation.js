/* Concatenation: the maps of the skip connection and those from below, side by side. */

import { find, made } from "../dom.js";
import { onePixel } from "./frame.js";
import { put, sumOf } from "./numbers.js";

/** @typedef {import("./planes.js").Point} Point */

export class Concatenation {
  /** @param {import("./bench.js").Context} context */
  constructor({ choose }) {
    this.says = "Concatenation puts the maps of the skip connection in front of those from below: nothing is computed, and "
      + "the next convolution gets the fine detail together with the rough idea of where the organ is.";
    this.choose = choose;
    this.frame = onePixel((at) => this.pass(at));
    this.strip = made("div", { class: "strip", role: "group", "aria-label": "All maps; click one" });
    this.change = sumOf([["before", "goes in"], ["after", "comes out"]]);
    this.frame.numbers.append(made("p", { class: "parts" }), this.strip, this.change, made("p", { class: "quiet" },
      "The number stays as it is."));
  }

  /** @param {import("../engine/port.js").Passage} passage */
  show({ parts: [skip, below], output }) {
    find(this.frame.numbers, ".parts").replaceChildren(
      made("span", { class: "of-skip" }, `${skip} maps of the skip connection`), " + ",
      made("span", { class: "of-below" }, `${below} maps from below`),
      ` = ${output.count}: each pixel now has ${output.count} numbers.`);
    this.strip.replaceChildren(...Array.from({ length: output.count }, (_, map) => {
      const words = `map ${map + 1}`;
      const button = made("button", { type: "button", class: map < skip ? "of-skip" : "of-below", title: words,
        "aria-label": words, "aria-pressed": String(map === output.number) });
      button.addEventListener("click", () => this.choose(null, map));
      return button;
    }));
  }

  /** @param {Point} at */
  pass(at) {
    put(find(this.change, "[data-number=before]"), this.frame.input.at(at));
    put(find(this.change, "[data-number=after]"), this.frame.output.at(at));
  }
}
