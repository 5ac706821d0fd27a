/* Numbers to read: as text with three digits that count, and as small grids of cells. */

import { made } from "../dom.js";

/**
 * @typedef {object} Cell
 * @property {number} value
 * @property {number} [grey]  0 to 255: the cell is painted as the pixel that it is.
 * @property {number} [weight]  -1 to 1: the cell is tinted by its sign and size.
 * @property {boolean} [outside]  Whether it lies outside the map.
 * @property {boolean} [chosen]
 */

/**
 * A number with three decimals, fewer where it is large.
 * @param {number} value
 */
export function shown(value) {
  const size = Math.abs(value);
  const text = value.toFixed(size >= 1000 ? 0 : size >= 100 ? 1 : size >= 10 ? 2 : 3);
  return Number(text) === 0 ? text.replace("-", "") : text.replace("-", "\u2212");
}

/**
 * Put a number into an element, with all its digits beside it.
 * @param {HTMLElement} place
 * @param {number} value
 */
export function put(place, value) {
  const text = shown(value);
  if (place.textContent !== text) place.textContent = text;
  place.dataset.value = String(value);
}

/** Numbers in rows and columns, under a heading. */
export class Grid {
  /**
   * @param {string} name  What it holds, for its looks and for tests.
   * @param {string} heading
   */
  constructor(name, heading) {
    this.cells = made("div", { class: "cells" });
    this.heading = made("figcaption", {}, heading);
    this.element = made("figure", { class: "grid", "data-grid": name }, this.heading, this.cells);
  }

  /** @param {Cell[][]} rows */
  show(rows) {
    const cells = rows.flat();
    if (this.cells.childElementCount !== cells.length) {
      this.cells.replaceChildren(...cells.map(() => made("span")));
      this.cells.style.setProperty("--columns", String(rows[0].length));
    }
    cells.forEach((cell, i) => paint(/** @type {HTMLElement} */ (this.cells.children[i]), cell));
  }
}

/**
 * @param {HTMLElement} place
 * @param {Cell} cell
 */
function paint(place, { value, grey, weight, outside, chosen }) {
  put(place, value);
  const sign = weight !== undefined && (weight < 0 ? "negative" : "positive");
  place.className = [outside && "outside", chosen && "chosen", sign].filter(Boolean).join(" ");
  place.style.setProperty("--strength", `${Math.round(Math.abs(weight ?? 0) * 55)}%`);
  place.style.background = grey === undefined || outside ? "" : `rgb(${grey}, ${grey}, ${grey})`;
  place.style.color = grey === undefined || outside ? "" : grey > 127 ? "#000" : "#fff";
}

/**
 * Cells that are tinted by sign and size, the largest most.
 * @param {number[][]} rows
 * @returns {Cell[][]}
 */
export function tinted(rows) {
  const largest = Math.max(...rows.flat().map(Math.abs));
  return rows.map((row) => row.map((value) => ({ value, weight: largest ? value / largest : 0 })));
}

/**
 * Lines of a sum: words and a number each.
 * @param {[string, string][]} lines  A name for tests, and the words.
 */
export function sumOf(lines) {
  return made("dl", { class: "sum" }, ...lines.map(([name, words]) => (
    made("div", { "data-line": name }, made("dt", {}, words), made("dd", { "data-number": name })))));
}
