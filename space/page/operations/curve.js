/* What single numbers become, as a curve: what goes in along x, what comes out along y, and where the pixel is. */

import { made } from "../dom.js";
import { LineChart } from "../chart.js";
import { shown } from "./numbers.js";

/** @typedef {import("../chart.js").Axis} Axis */
/** @typedef {[number, number][]} Points */

const NEAR = 0.02; // of an axis: a round number so near to its end is its end

export class Curve {
  /**
   * @param {string} label
   * @param {string} x  What goes in.
   * @param {string} y  What comes out.
   */
  constructor(label, x, y) {
    this.names = { x, y };
    this.root = made("div");
    this.element = made("div", { class: "curve" }, this.root);
    /** @type {Axis} */
    const empty = { from: 0, to: 1, label: "", ticks: [] };
    this.chart = new LineChart(this.root, { label, x: empty, y: empty });
  }

  /**
   * @param {Points} points
   * @param {{name: string, height: number} | null} [level]  A line across, as for a threshold.
   */
  draw(points, level = null) {
    const [xs, ys] = [0, 1].map((axis) => points.map((point) => point[axis]));
    const across = /** @type {Points} */ (level ? [[Math.min(...xs), level.height], [Math.max(...xs), level.height]] : []);
    this.chart.draw([{ name: this.names.y, line: 1, points },
      ...(level ? [{ name: level.name, line: 2, dashed: true, points: across }] : [])],
    { x: axisOf(xs, this.names.x), y: axisOf(ys, this.names.y) });
  }

  /**
   * @param {number} x
   * @param {string} [text]
   */
  mark(x, text = shown(x)) {
    this.chart.mark(x, text);
  }
}

/**
 * @param {number[]} values
 * @param {string} label
 * @returns {Axis}
 */
function axisOf(values, label) {
  let [from, to] = [Math.min(...values), Math.max(...values)];
  if (from === to) to = from + 1;
  const step = 10 ** Math.floor(Math.log10((to - from) / 2));
  const wide = [1, 2, 5, 10].map((times) => times * step).find((size) => (to - from) / size <= 6) ?? step;
  const [below, above] = [Math.floor(from / wide) * wide, Math.ceil(to / wide) * wide];
  if (from - below < NEAR * (to - from)) from = below;
  if (above - to < NEAR * (to - from)) to = above;
  /** @type {number[]} */
  const ticks = [];
  for (let tick = Math.ceil(from / wide) * wide; tick <= to + NEAR * wide; tick += wide) {
    ticks.push(Number(tick.toPrecision(6)));
  }
  return { from, to, label, ticks };
}
