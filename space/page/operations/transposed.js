/* Transposed convolution: one number times the kernel is a patch; patches side by side are a larger map. */

import { find, made } from "../dom.js";
import { Frame, pixel } from "./frame.js";
import { Grid, put, sumOf, tinted } from "./numbers.js";
import { Overlap } from "./overlap.js";

/** @typedef {import("./planes.js").Point} Point */

export class Transposed {
  constructor() {
    this.says = "A transposed convolution goes the other way: one number times the kernel becomes a patch of a larger map, "
      + "and where patches overlap they add up.";
    /** @type {import("../engine/port.js").Passage | null} */
    this.passage = null;
    /** @type {Frame} */
    this.frame = new Frame({
      over: "input",
      reads: pixel,
      writes: (at) => this.patchAt(at),
      other: ({ x, y }) => {
        const { stride, before } = this.step;
        return { x: Math.floor((x + before) / stride), y: Math.floor((y + before) / stride) };
      },
      numbers: (at) => this.multiply(at),
    });
    this.number = sumOf([["before", "one pixel"]]);
    this.weights = new Grid("weights", "weights");
    this.patch = new Grid("products", "its patch");
    this.result = new Grid("result", "comes out");
    this.frame.numbers.append(this.number, made("div", { class: "equation" }, made("i", {}, "×"), this.weights.element,
      made("i", {}, "="), this.patch.element), made("p", { class: "quiet added" }), this.result.element,
    made("p", { class: "quiet beside" }));
    this.more = new Overlap().element;
  }

  get step() {
    return /** @type {import("../engine/port.js").Passage} */ (this.passage);
  }

  /** @param {import("../engine/port.js").Passage} passage */
  show(passage) {
    this.passage = passage;
    const { kernel, stride, window: [rows, columns], input, bias } = passage;
    if (kernel) this.weights.show(tinted(kernel));
    const maps = input.count > 1 ? `The patches of the other ${input.count - 1} maps and the bias` : "The bias";
    find(this.frame.numbers, ".added").textContent = `${maps} (${(bias ?? 0).toFixed(3)}) are added:`.replace("-", "\u2212");
    find(this.frame.numbers, ".beside").textContent = `The kernel is ${columns} x ${rows} and the patches lie ${stride} `
      + `pixels apart: ${rows <= stride && columns <= stride ? "in this network they lie side by side and never overlap."
        : "they overlap."}`;
  }

  /** @param {Point} at */
  patchAt({ x, y }) {
    const { stride, before, window: [height, width] } = this.step;
    return { x: x * stride - before, y: y * stride - before, width, height };
  }

  /** @param {Point} at */
  multiply(at) {
    const { kernel } = this.step;
    if (!kernel) return;
    const value = this.frame.input.at(at);
    put(find(this.number, "[data-number=before]"), value);
    this.patch.show(tinted(kernel.map((row) => row.map((weight) => weight * value))));
    this.result.show(this.frame.output.cells(this.patchAt(at)));
  }
}
