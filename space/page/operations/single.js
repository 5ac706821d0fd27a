/* What only passes numbers on, one by one: the curve of a calibration, and enlarging. */

import { find, made } from "../dom.js";
import { Frame, pixel } from "./frame.js";
import { put, sumOf } from "./numbers.js";

/** @typedef {import("./planes.js").Point} Point */

const SAYS = {
  curve: "A calibration bends the logit, so that a probability of 0.7 is right in about seven of ten cases: its parts are "
    + "the logit itself, its softplus and its sigmoid.",
  enlarging: "Enlarging writes every pixel four times: the maps have twice the size, and nothing new is in them.",
};

export class Single {
  /** @param {import("./bench.js").Context} context */
  constructor({ kind }) {
    this.says = SAYS[/** @type {keyof SAYS} */ (kind)] ?? "";
    this.times = 1;
    /** @type {Frame} */
    this.frame = new Frame({
      over: "output",
      reads: ({ x, y }) => pixel({ x: Math.floor(x / this.times), y: Math.floor(y / this.times) }),
      writes: pixel,
      other: ({ x, y }) => ({ x: x * this.times, y: y * this.times }),
      numbers: (at) => this.pass(at),
    });
    this.change = sumOf([["before", "goes in"], ["after", "comes out"]]);
    this.frame.numbers.append(this.change, made("p", { class: "quiet sizes" }));
  }

  /** @param {import("../engine/port.js").Passage} passage */
  show({ input, output }) {
    this.times = output.width / input.width;
    find(this.frame.numbers, ".sizes").textContent = this.times > 1
      ? `${input.width} x ${input.height} pixels become ${output.width} x ${output.height}.` : "";
  }

  /** @param {Point} at */
  pass(at) {
    const { x, y } = at;
    const from = { x: Math.floor(x / this.times), y: Math.floor(y / this.times) };
    put(find(this.change, "[data-number=before]"), this.frame.input.at(from));
    put(find(this.change, "[data-number=after]"), this.frame.output.at(at));
  }
}
