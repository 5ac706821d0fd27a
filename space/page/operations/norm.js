/* A normalisation: how the numbers are spread before and after, and what becomes of one. */

import { find, made } from "../dom.js";
import { onePixel } from "./frame.js";
import { put, shown, sumOf } from "./numbers.js";

/**
 * @typedef {import("./planes.js").Point} Point
 * @typedef {import("../engine/port.js").Histogram} Histogram
 */

const SVG = "http://www.w3.org/2000/svg";
/** @type {Record<string, string>} */
const SAYS = {
  "layer norm": "Layer normalisation takes all numbers of a level together, subtracts their mean and divides by their "
    + "spread: bright or dark, each slice comes out with mean 0 and spread 1, so that the next step gets numbers of the "
    + "same size every time.",
  "batch norm": "Batch normalisation gives the numbers of each map a common size, with the mean and the spread of the "
    + "training slices: they are stored, and this slice changes nothing about them.",
  "group norm": "Group normalisation takes a few maps together, subtracts the mean of their numbers on this slice and "
    + "divides by their spread.",
};
/** @type {Record<string, string>} */
const USES = {
  "layer norm": "The mean and the spread are those of this slice, over all maps of the level.",
  "batch norm": "Both numbers are fixed: in them are the mean and the spread of the training slices, and what was learned.",
  "group norm": "The mean and the spread of the group are in both numbers, and what was learned.",
};

export class Norm {
  /** @param {import("./bench.js").Context} context */
  constructor({ kind }) {
    this.says = SAYS[kind];
    this.frame = onePixel((at) => this.pass(at));
    this.before = new Bars("before");
    this.after = new Bars("after");
    this.change = sumOf([["before", "goes in"], ["factor", "times"], ["offset", "plus"], ["after", "comes out"]]);
    this.frame.numbers.append(this.change, made("p", { class: "quiet" }, USES[kind]));
    this.more = made("section", { class: "histograms" }, made("h4", {}), this.before.element, this.after.element);
  }

  /** @param {import("../engine/port.js").Passage} passage */
  show({ norm }) {
    if (!norm) return;
    find(this.more, "h4").textContent = `All numbers of ${norm.together > 1 ? `the ${norm.together} maps` : "this map"}`;
    this.before.draw(norm.before, "Before");
    this.after.draw(norm.after, "After");
    for (const name of /** @type {const} */ (["factor", "offset"])) {
      find(this.change, `[data-line=${name}]`).hidden = norm[name] === null;
      put(find(this.change, `[data-number=${name}]`), norm[name] ?? 0);
    }
  }

  /** @param {Point} at */
  pass(at) {
    const [before, after] = [this.frame.input.at(at), this.frame.output.at(at)];
    put(find(this.change, "[data-number=before]"), before);
    put(find(this.change, "[data-number=after]"), after);
    this.before.mark(before);
    this.after.mark(after);
  }
}

/** A histogram, with its mean, a standard deviation to both sides, and a number that is looked at. */
class Bars {
  /** @param {string} name */
  constructor(name) {
    this.svg = document.createElementNS(SVG, "svg");
    this.svg.setAttribute("preserveAspectRatio", "none");
    this.svg.setAttribute("aria-hidden", "true");
    this.caption = made("figcaption");
    this.ends = made("p", { class: "quiet ends" }, made("span"), made("span"));
    this.element = made("figure", { class: "bars", "data-bars": name }, this.caption, this.svg, this.ends);
    this.low = 0;
    this.high = 1;
    const shape = (/** @type {string} */ look) => {
      const path = this.svg.appendChild(document.createElementNS(SVG, "path"));
      path.setAttribute("class", look);
      return path;
    };
    this.spread = shape("spread");
    this.counted = shape("counted");
    this.middle = shape("middle");
    this.here = shape("here");
  }

  /**
   * @param {Histogram} histogram
   * @param {string} words
   */
  draw({ counts, low, high, mean, deviation }, words) {
    [this.low, this.high] = [low, high];
    const most = Math.max(...counts);
    const wide = 100 / counts.length;
    this.svg.setAttribute("viewBox", "0 0 100 50");
    this.counted.setAttribute("d", counts.map((count, i) => {
      const tall = 48 * Math.sqrt(count / most); // else one bar hides the others
      return `M${i * wide} 50v${-tall}h${wide * 0.9}v${tall}z`;
    }).join(""));
    const [left, right] = [mean - deviation, mean + deviation].map((value) => this.along(value));
    this.spread.setAttribute("d", `M${left} 0H${right}V50H${left}z`);
    this.middle.setAttribute("d", `M${this.along(mean)} 0V50`);
    this.caption.textContent = `${words}: mean ${shown(mean)}, standard deviation ${shown(deviation)}`;
    Object.assign(this.caption.dataset, { mean: String(mean), deviation: String(deviation), counts: counts.join(",") });
    this.ends.children[0].textContent = shown(low);
    this.ends.children[1].textContent = shown(high);
  }

  /** @param {number} value */
  along(value) {
    return Math.max(0, Math.min(100, (value - this.low) / (this.high - this.low || 1) * 100));
  }

  /** @param {number} value */
  mark(value) {
    this.here.setAttribute("d", `M${this.along(value)} 0V50`);
  }
}
