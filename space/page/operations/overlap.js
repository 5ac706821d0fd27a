/* A toy: four numbers and a kernel of 3 x 3 with stride 2, to see how patches overlap and add up. */

import { findAll, made } from "../dom.js";
import { put } from "./numbers.js";

const [SIDE, KERNEL, STRIDE] = [2, 3, 2];
const TELLS = "A kernel of 3 x 3 whose patches lie 2 pixels apart. Where two patches meet, both are added; where four meet, "
  + "all four: uneven patterns can come of it, like a checkerboard. Point at one of the four pixels to see its patch, or "
  + "change it.";
const SIZE = (SIDE - 1) * STRIDE + KERNEL;

export class Overlap {
  constructor() {
    /** @type {(side: number, name: string, values: number[]) => HTMLElement} */
    const fields = (side, name, values) => made("div",
      { class: "cells fields", style: `--columns: ${side}`, "data-fields": name },
      ...values.map((value, i) => made("input", { type: "number", step: "1", value: String(value),
        "aria-label": `${name} in row ${Math.floor(i / side) + 1}, column ${(i % side) + 1}` })));
    const inputs = fields(SIDE, "pixel", [1, 2, 3, 4]);
    const weights = fields(KERNEL, "weight", [1, 2, 1, 2, 4, 2, 1, 2, 1]);
    this.cells = Array.from({ length: SIZE * SIZE }, () => made("span"));
    const out = made("div", { class: "cells", style: `--columns: ${SIZE}`, "data-grid": "overlap" }, ...this.cells);
    /** @type {(words: string, content: HTMLElement) => HTMLElement} */
    const grid = (words, content) => made("figure", { class: "grid" }, made("figcaption", {}, words), content);
    this.element = made("section", { class: "overlap" }, made("h4", {}, "When patches overlap"),
      made("p", { class: "quiet" }, TELLS),
      made("div", { class: "equation" }, grid("four pixels", inputs), made("i", {}, "×"), grid("weights", weights),
        made("i", {}, "="), grid("comes out", out)));
    this.inputs = findAll(inputs, "input", HTMLInputElement);
    this.weights = findAll(weights, "input", HTMLInputElement);
    this.element.addEventListener("input", () => this.add());
    this.inputs.forEach((field, i) => {
      for (const event of ["pointerenter", "focus"]) field.addEventListener(event, () => this.outline(i));
    });
    this.add();
    this.outline(0);
  }

  /** @param {(to: number, from: number, weight: number) => void} visit */
  everyProduct(visit) {
    for (let from = 0; from < SIDE * SIDE; from++) {
      for (let weight = 0; weight < KERNEL * KERNEL; weight++) {
        const row = Math.floor(from / SIDE) * STRIDE + Math.floor(weight / KERNEL);
        const column = (from % SIDE) * STRIDE + (weight % KERNEL);
        visit(row * SIZE + column, from, weight);
      }
    }
  }

  add() {
    const sums = new Float64Array(SIZE * SIZE);
    const patches = new Uint8Array(SIZE * SIZE);
    this.everyProduct((to, from, weight) => {
      sums[to] += Number(this.inputs[from].value) * Number(this.weights[weight].value);
      patches[to]++;
    });
    this.cells.forEach((cell, i) => {
      put(cell, sums[i]);
      cell.textContent = String(Number(sums[i].toFixed(3)));
      cell.dataset.patches = String(patches[i]);
    });
  }

  /** @param {number} chosen */
  outline(chosen) {
    for (const cell of this.cells) cell.classList.remove("chosen");
    this.everyProduct((to, from) => from === chosen && this.cells[to].classList.add("chosen"));
  }
}
