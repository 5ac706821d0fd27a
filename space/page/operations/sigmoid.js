/* The sigmoid: a logit becomes a probability, which the threshold cuts; and softmax, which says the same. */

import { find, made } from "../dom.js";
import { clamp } from "../scores.js";
import { Curve } from "./curve.js";
import { onePixel } from "./frame.js";
import { put, shown, sumOf } from "./numbers.js";

/** @typedef {import("./planes.js").Point} Point */

const SOFTMAX = "Softmax is for several classes: e to the logit of each class, divided by the sum over all classes. With "
  + "two classes of which one has the logit 0, this is the sigmoid: the same number.";
const WIDE = 8; // logits: beyond, the curve is flat

export class Sigmoid {
  /** @param {import("./bench.js").Context} context */
  constructor({ store }) {
    this.store = store;
    this.says = "The sigmoid turns any number, the logit, into a probability between 0 and 1; the threshold then says which "
      + "pixels are marked.";
    this.frame = onePixel((at) => this.pass(at));
    this.curve = new Curve("The curve of the sigmoid, and the threshold", "logit", "probability");
    this.change = sumOf([["before", "logit"], ["after", "probability"]]);
    this.verdict = made("p", { class: "verdict" });
    this.softmax = sumOf([["background", "background, whose logit is 0"], ["organ", "the organ"]]);
    this.frame.numbers.append(this.change, this.curve.element, this.verdict);
    this.more = made("section", { class: "softmax" }, made("h4", {}, "Softmax of the same pixel"),
      made("p", { class: "quiet" }, SOFTMAX), this.softmax, made("p", { class: "formula" }));
  }

  show() {
    this.settle();
  }

  get threshold() {
    return this.store.state.level / 255;
  }

  settle() {
    /** @type {[number, number][]} */
    const points = Array.from({ length: 81 }, (_, i) => (i / 40 - 1) * WIDE).map((x) => [x, 1 / (1 + Math.exp(-x))]);
    this.curve.draw(points, { name: "threshold", height: this.threshold });
    if (this.frame.here) this.pass(this.frame.here);
  }

  /** @param {Point} at */
  pass(at) {
    const [logit, probability] = [this.frame.input.at(at), this.frame.output.at(at)];
    put(find(this.change, "[data-number=before]"), logit);
    put(find(this.change, "[data-number=after]"), probability);
    this.curve.mark(clamp(logit, -WIDE, WIDE), shown(probability));
    const marked = Math.round(probability * 255) >= this.store.state.level; // as the page marks it
    this.verdict.textContent = `${marked ? "Marked: at or above" : "Not marked: below"} the page's threshold of `
      + `${this.threshold.toFixed(2)}.`;
    const [background, organ] = softmax([0, logit]);
    put(find(this.softmax, "[data-number=background]"), background);
    put(find(this.softmax, "[data-number=organ]"), organ);
    const power = (/** @type {string} */ exponent) => [" e", made("sup", {}, exponent)];
    find(this.more, ".formula").replaceChildren(...power(shown(logit)), " / (", ...power("0"), " + ", ...power(shown(logit)),
      `) = ${shown(organ)} = 1 / (1 + `, ...power(shown(-logit)), ")");
  }
}

/** @param {number[]} logits */
function softmax(logits) {
  const largest = Math.max(...logits);
  const powers = logits.map((logit) => Math.exp(logit - largest));
  const sum = powers.reduce((a, b) => a + b, 0);
  return powers.map((power) => power / sum);
}
