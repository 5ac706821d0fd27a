/* A map to point at: its pixels from black to white, and what is marked on them. */

import { made, pen } from "../dom.js";
import { GREYS, picture } from "../pixels.js";
import { clamp } from "../scores.js";

/**
 * @typedef {{x: number, y: number}} Point
 * @typedef {{x: number, y: number, width: number, height: number}} Rect
 * @typedef {Pick<import("../engine/port.js").MapPlane, "values" | "width" | "height">} Pixels
 */

/** @type {Record<string, [number, number]>} */
const STEPS = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] };
const SVG = "http://www.w3.org/2000/svg";
const FINDER = 0.035; // of the width: around what is marked, so that it is found on a large map

export class Plane {
  /**
   * @param {string} name  What it is, for its looks and for tests.
   * @param {object} acts
   * @param {(at: Point) => void} acts.point  Somebody points at a pixel, with the mouse or a finger.
   * @param {(step: [number, number]) => void} acts.step  Somebody goes on by a pixel, with the arrow keys.
   */
  constructor(name, { point, step }) {
    this.canvas = made("canvas");
    this.marks = document.createElementNS(SVG, "svg");
    this.area = made("div", { class: "plane", tabindex: "0", role: "img" }, this.canvas, this.marks);
    this.caption = made("figcaption");
    this.element = made("figure", { class: "map", "data-plane": name }, this.caption, this.area);
    /** @type {Pixels} */
    this.pixels = { values: new Float32Array(1), width: 1, height: 1 };
    this.low = 0;
    this.high = 0;
    this.finder = this.marks.appendChild(document.createElementNS(SVG, "rect"));
    this.window = this.marks.appendChild(document.createElementNS(SVG, "rect"));
    this.finder.setAttribute("class", "finder");
    /** @param {PointerEvent} event */
    const go = ({ clientX, clientY }) => {
      const box = this.canvas.getBoundingClientRect();
      point(this.inside({
        x: Math.floor((clientX - box.left) / box.width * this.pixels.width),
        y: Math.floor((clientY - box.top) / box.height * this.pixels.height),
      }));
    };
    this.area.addEventListener("pointermove", go);
    this.area.addEventListener("pointerdown", go);
    this.area.addEventListener("keydown", (event) => {
      if (!STEPS[event.key]) return;
      event.preventDefault();
      step(STEPS[event.key]);
    });
  }

  /**
   * @param {Pixels} pixels
   * @param {string} label  For those who do not see it.
   */
  draw(pixels, label) {
    this.pixels = pixels;
    const { values, width, height } = pixels;
    [this.low, this.high] = rangeOf(values);
    const { image, words } = picture(width, height);
    for (let i = 0; i < values.length; i++) words[i] = GREYS[this.grey(values[i])];
    Object.assign(this.canvas, { width, height });
    pen(this.canvas).putImageData(image, 0, 0);
    this.marks.setAttribute("viewBox", `0 0 ${width} ${height}`);
    this.area.style.aspectRatio = `${width} / ${height}`;
    this.area.setAttribute("aria-label", `${label}. Use the arrow keys to go from pixel to pixel.`);
  }

  /** @param {Rect} rect */
  mark({ x, y, width, height }) {
    const around = FINDER * this.pixels.width;
    place(this.window, { x, y, width, height });
    place(this.finder, { x: x - around, y: y - around, width: width + 2 * around, height: height + 2 * around });
  }

  /** @param {number} value */
  grey(value) {
    return this.high > this.low ? Math.round((value - this.low) / (this.high - this.low) * 255) : 0;
  }

  /** @param {Point} at */
  has({ x, y }) {
    return x >= 0 && y >= 0 && x < this.pixels.width && y < this.pixels.height;
  }

  /** @param {Point} at */
  inside({ x, y }) {
    return { x: clamp(x, 0, this.pixels.width - 1), y: clamp(y, 0, this.pixels.height - 1) };
  }

  /**
   * The number of a pixel; 0 outside the map.
   * @param {Point} at
   */
  at({ x, y }) {
    return this.has({ x, y }) ? this.pixels.values[y * this.pixels.width + x] : 0;
  }

  /**
   * A part of the map, as cells to show.
   * @param {Rect} rect
   * @returns {import("./numbers.js").Cell[][]}
   */
  cells({ x, y, width, height }) {
    return Array.from({ length: height }, (_, row) => Array.from({ length: width }, (_, column) => {
      const at = { x: x + column, y: y + row };
      return { value: this.at(at), grey: this.grey(this.at(at)), outside: !this.has(at) };
    }));
  }

  /** Where the largest number of its inner part is: at the border, padding makes numbers of its own. */
  get brightest() {
    const { values, width, height } = this.pixels;
    const [left, top] = [width >> 3, height >> 3];
    const best = { x: left, y: top };
    for (let y = top; y < height - top; y++) {
      for (let x = left; x < width - left; x++) {
        if (values[y * width + x] > values[best.y * width + best.x]) Object.assign(best, { x, y });
      }
    }
    return best;
  }
}

/**
 * @param {SVGRectElement} element
 * @param {Rect} rect
 */
function place(element, rect) {
  for (const [name, value] of Object.entries(rect)) element.setAttribute(name, String(value));
}

/**
 * The smallest and the largest of some numbers.
 * @param {Float32Array} values
 */
export function rangeOf(values) {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return [low, high];
}
