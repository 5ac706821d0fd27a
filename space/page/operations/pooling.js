/* Max pooling: of the numbers in a window, the largest survives. */

import { find, made } from "../dom.js";
import { Frame, pixel } from "./frame.js";
import { Grid, put } from "./numbers.js";

/** @typedef {import("./planes.js").Point} Point */

export class Pooling {
  constructor() {
    this.says = "Max pooling keeps the largest of four neighbours and drops the other three: the maps have half the size, "
      + "and the next kernel sees twice as far.";
    this.stride = 2;
    /** @type {Frame} */
    this.frame = new Frame({
      over: "output",
      reads: (at) => this.windowAt(at),
      writes: pixel,
      other: ({ x, y }) => ({ x: Math.floor(x / this.stride), y: Math.floor(y / this.stride) }),
      numbers: (at) => this.compare(at),
    });
    this.pixels = new Grid("pixels", "four pixels");
    this.survivor = made("b", { class: "result", "data-number": "after" });
    this.frame.numbers.append(
      made("div", { class: "equation" }, this.pixels.element, made("i", {}, "→"),
        made("figure", { class: "grid" }, made("figcaption", {}, "one survives"), this.survivor)),
      made("p", { class: "quiet sizes" }));
  }

  /** @param {import("../engine/port.js").Passage} passage */
  show({ input, output, stride }) {
    this.stride = stride;
    find(this.frame.numbers, ".sizes").textContent = `${input.width} x ${input.height} pixels become `
      + `${output.width} x ${output.height}.`;
  }

  /** @param {Point} at */
  windowAt({ x, y }) {
    return { x: x * this.stride, y: y * this.stride, width: this.stride, height: this.stride };
  }

  /** @param {Point} at */
  compare(at) {
    const cells = this.frame.input.cells(this.windowAt(at));
    const survivor = this.frame.output.at(at);
    const first = cells.flat().findIndex(({ value }) => value === survivor);
    this.pixels.show(cells.map((row, i) => row.map((cell, j) => ({ ...cell, chosen: i * this.stride + j === first }))));
    put(this.survivor, survivor);
  }
}
