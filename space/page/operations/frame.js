/* Two maps side by side, before and after an operation, with numbers between them; a pixel of one of them is looked at. */

import { made } from "../dom.js";
import { Spoken } from "../spoken.js";
import { shown } from "./numbers.js";
import { Plane } from "./planes.js";

/**
 * @typedef {import("./planes.js").Point} Point
 * @typedef {import("./planes.js").Rect} Rect
 * @typedef {import("./planes.js").Pixels} Pixels
 */
/**
 * @typedef {object} Walk  How an operation gets from one map to the other.
 * @property {"input" | "output"} over  Whose pixels are looked at, one after another.
 * @property {(at: Point) => Rect} reads  What of the input belongs to the pixel.
 * @property {(at: Point) => Rect} writes  What of the output.
 * @property {(at: Point) => Point} other  The pixel that is looked at when somebody points at the other map.
 * @property {(at: Point) => void} numbers  Show the numbers.
 */

export class Frame {
  /** @param {Walk} walk */
  constructor(walk) {
    this.walk = walk;
    /** @type {Point | null} */
    this.here = null;
    /** @type {(side: "input" | "output") => Plane} */
    const plane = (side) => new Plane(side, {
      point: (at) => this.go(side === walk.over ? at : walk.other(at)),
      step: ([right, down]) => this.step(right, down),
    });
    this.input = plane("input");
    this.output = plane("output");
    this.numbers = made("div", { class: "numbers" });
    this.element = made("div", { class: "frame" }, this.input.element, this.numbers, this.output.element);
    this.spoken = new Spoken(this.element);
  }

  /**
   * Go on by the keyboard, and say where one is.
   * @param {number} right
   * @param {number} down
   */
  step(right, down) {
    if (!this.here) return;
    this.go({ x: this.here.x + right, y: this.here.y + down });
    const { x, y } = this.here;
    const value = shown(this[this.walk.over].at(this.here));
    this.spoken.say(`Column ${x + 1}, row ${y + 1}: ${value} ${this.walk.over === "output" ? "comes out" : "goes in"}.`);
  }

  /**
   * @param {Pixels} input
   * @param {Pixels} output
   * @param {[string, string]} labels
   */
  show(input, output, labels) {
    this.input.draw(input, labels[0]);
    this.output.draw(output, labels[1]);
    this.go(this.here ?? this[this.walk.over].brightest);
  }

  /** @param {Point} at */
  go(at) {
    this.here = this[this.walk.over].inside(at);
    this.input.mark(this.walk.reads(this.here));
    this.output.mark(this.walk.writes(this.here));
    this.element.dataset.at = `${this.here.x},${this.here.y}`;
    this.walk.numbers(this.here);
  }
}

/**
 * For what works on each pixel by itself.
 * @param {(at: Point) => void} numbers
 */
export const onePixel = (numbers) => new Frame({ over: "output", reads: pixel, writes: pixel, other: (at) => at, numbers });

/**
 * A single pixel.
 * @param {Point} at
 * @returns {Rect}
 */
export const pixel = ({ x, y }) => ({ x, y, width: 1, height: 1 });
