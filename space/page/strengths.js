/* The curve of a change: the Dice that was measured at each strength, and a dot for each one tried on the open slice. */

import { LineChart } from "./chart.js";
import { find } from "./dom.js";
import { levelOf } from "./scores.js";

/**
 * @typedef {object} Change
 * @property {string} name
 * @property {string} unit
 * @property {number} trained  The strength that leaves a slice as it is.
 * @property {number[]} stops  The strengths of the slider.
 * @property {string} says
 * @property {string} picture  What must be said of a picture whose values are not known.
 * @property {string} label
 * @property {import("./chart.js").Axis} x
 * @property {[number, number | null][]} curve  Empty if it was not measured.
 */
/** @typedef {{curve: string, measured: string, threshold: number}} Measured  What, on whom, and at which threshold. */

const SHARE = { from: 0, to: 1, label: "", ticks: [0, 0.25, 0.5, 0.75, 1] };

export class Strengths {
  /**
   * @param {HTMLElement} root
   * @param {Change} change
   * @param {Measured} measured
   * @param {(x: number, done: boolean) => void} onPick
   */
  constructor(root, change, measured, onPick) {
    this.root = root;
    this.measured = measured;
    this.chart = new LineChart(find(root, ".plot"), { label: change.label, x: change.x, y: SHARE, onPick });
  }

  /**
   * @param {Change} change
   * @param {number} strength
   * @param {[number, number][]} tried  Strength and Dice; NaN where it is undefined.
   * @param {number} level
   */
  show(change, strength, tried, level) {
    const { curve, measured } = this.measured;
    const { x } = change;
    const here = tried.find(([at]) => at === strength)?.[1];
    this.chart.label = change.label;
    this.chart.draw([
      { name: curve, line: 1, points: change.curve }, { name: "this slice", line: 2, dots: true, points: tried },
    ], { x, y: SHARE });
    this.chart.mark(strength, strength === change.trained ? `training: ${strength}` : String(strength), here);
    find(this.root, ".curve-name").textContent = `${curve}, ${measured}`;
    find(this.root, ".curve-name").hidden = !change.curve.length;
    find(this.root, "figcaption").textContent = this.says(change, level);
  }

  /**
   * What must be known to read a dot beside the curve.
   * @param {Change} change
   * @param {number} level
   */
  says({ curve }, level) {
    const { threshold } = this.measured;
    if (!curve.length) return "This change was not measured for this network: there is no curve to compare with.";
    if (level === levelOf(threshold)) return "";
    return `The curve was measured at threshold ${threshold.toFixed(2)}. The dots are at the page's threshold, `
      + `${(level / 255).toFixed(2)}.`;
  }
}

/**
 * The stop of the slider that is nearest to a strength.
 * @param {Change} change
 * @param {number} strength
 */
export function nearest({ stops, trained }, strength) {
  if (!Number.isFinite(strength)) return trained;
  return stops.reduce((a, b) => (Math.abs(b - strength) < Math.abs(a - strength) ? b : a));
}

/**
 * A strength with its unit: '20 degrees', 'SD 10 grey levels'.
 * @param {Change} change
 * @param {number} strength
 */
export function inWords({ unit, trained }, strength) {
  const [of, each] = unit.includes(", ") ? unit.split(", ") : ["", unit];
  return `${of} ${strength} ${each}${strength === trained ? " (unchanged)" : ""}`.trim();
}
