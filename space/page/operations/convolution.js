/* Convolution: the pixels below the kernel, times its weights, added up; and a kernel of one's own. */

import { made } from "../dom.js";
import { Frame, pixel } from "./frame.js";
import { Grid, put, sumOf, tinted } from "./numbers.js";
import { OwnKernel } from "./own.js";

/** @typedef {import("./planes.js").Point} Point */

export class Convolution {
  /** @param {import("./bench.js").Context} context */
  constructor({ opened }) {
    this.says = "A convolution slides a small kernel over the maps: it multiplies each pixel below the kernel with a "
      + "weight, adds everything up, and writes one number. The weights are what the network learns.";
    /** @type {import("../engine/port.js").Passage | null} */
    this.passage = null;
    /** @type {Frame} */
    this.frame = new Frame({
      over: "output",
      reads: (at) => this.windowAt(at),
      writes: pixel,
      other: ({ x, y }) => this.over({ x, y }),
      numbers: (at) => this.calculate(at),
    });
    this.pixels = new Grid("pixels", "pixels");
    this.weights = new Grid("weights", "weights");
    this.products = new Grid("products", "products");
    this.sum = sumOf([["sum", "sum of this map"], ["others", ""], ["bias", "bias"], ["total", "comes out"]]);
    this.frame.numbers.append(made("div", { class: "equation" }, this.pixels.element, made("i", {}, "×"),
      this.weights.element, made("i", {}, "="), this.products.element), this.sum);
    this.own = new OwnKernel(opened);
    this.more = this.own.element;
  }

  /** @param {import("../engine/port.js").Passage} passage */
  show(passage) {
    this.passage = passage;
    const maps = passage.input.count - 1;
    const others = /** @type {HTMLElement} */ (this.sum.querySelector("[data-line=others]"));
    others.hidden = !maps;
    others.firstElementChild?.replaceChildren(maps === 1 ? "the other map" : `the other ${maps} maps together`);
    if (passage.kernel) this.weights.show(tinted(passage.kernel));
  }

  /** @param {Point} at */
  windowAt({ x, y }) {
    const { stride, before, window: [height, width] } = /** @type {import("../engine/port.js").Passage} */ (this.passage);
    return { x: x * stride - before, y: y * stride - before, width, height };
  }

  /**
   * The output pixel whose window has an input pixel in its middle.
   * @param {Point} at
   */
  over({ x, y }) {
    const { stride, before, window: [height, width] } = /** @type {import("../engine/port.js").Passage} */ (this.passage);
    return this.frame.output.inside({
      x: Math.floor((x + before - (width >> 1)) / stride), y: Math.floor((y + before - (height >> 1)) / stride),
    });
  }

  /** @param {Point} at */
  calculate(at) {
    const { kernel, bias } = /** @type {import("../engine/port.js").Passage} */ (this.passage);
    if (!kernel || bias === null) return;
    const cells = this.frame.input.cells(this.windowAt(at));
    const products = cells.map((row, i) => row.map(({ value }, j) => value * kernel[i][j]));
    const sum = products.flat().reduce((a, b) => a + b, 0);
    const total = this.frame.output.at(at);
    this.pixels.show(cells);
    this.products.show(tinted(products));
    for (const [name, value] of Object.entries({ sum, others: total - bias - sum, bias, total })) {
      put(/** @type {HTMLElement} */ (this.sum.querySelector(`[data-number=${name}]`)), value);
    }
  }
}
