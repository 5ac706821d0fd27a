/* An activation: each number by itself becomes another one. */

import { find, made } from "../dom.js";
import { Curve } from "./curve.js";
import { onePixel } from "./frame.js";
import { put, sumOf } from "./numbers.js";

/** @typedef {import("./planes.js").Point} Point */

const POINTS = 120;
const AFTER = "Without it, many convolutions in a row could do no more than a single one.";

export class Activation {
  /** @param {import("./bench.js").Context} context */
  constructor({ kind }) {
    this.kind = kind;
    this.says = kind === "ReLU"
      ? "ReLU keeps positive numbers and turns negative ones into 0: the filter has found something here, or it has not."
      : `${kind} bends each number along a curve: positive numbers stay, negative ones are held back.`;
    this.says += ` ${AFTER}`;
    this.frame = onePixel((at) => this.pass(at));
    this.curve = new Curve(`The curve of ${kind}`, "goes in", "comes out");
    this.change = sumOf([["before", "goes in"], ["after", "comes out"]]);
    this.frame.numbers.append(this.change, this.curve.element, made("p", { class: "share" }));
  }

  /** @param {import("../engine/port.js").Passage} passage */
  show({ input, output }) {
    const order = Array.from(input.values.keys()).sort((a, b) => input.values[a] - input.values[b]);
    const every = Math.max(1, Math.floor(order.length / POINTS));
    const taken = order.filter((_, i) => i % every === 0 || i === order.length - 1);
    const bend = order.find((i) => input.values[i] >= 0); // the curve has its corner there
    if (bend !== undefined) taken.push(bend);
    taken.sort((a, b) => input.values[a] - input.values[b]);
    this.curve.draw(taken.map((i) => [input.values[i], output.values[i]]));
    const zeros = output.values.reduce((sum, value) => sum + Number(value === 0), 0);
    const share = find(this.frame.numbers, ".share");
    share.hidden = this.kind !== "ReLU";
    share.textContent = `${(100 * zeros / output.values.length).toFixed(1)}% of the pixels of this map are 0 now.`;
  }

  /** @param {Point} at */
  pass(at) {
    put(find(this.change, "[data-number=before]"), this.frame.input.at(at));
    put(find(this.change, "[data-number=after]"), this.frame.output.at(at));
    this.curve.mark(this.frame.input.at(at));
  }
}
