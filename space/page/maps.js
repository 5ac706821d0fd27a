/* All maps of a level side by side, one of them enlarged; and the kernels that look at the slice itself. */

import { find, made } from "./dom.js";
import { paintTiles, titleOf } from "./u.js";

/** @typedef {import("./engine/port.js").Look} Look */

/** @type {Record<string, string>} */
const TELLS = {
  encoder: "On the way down. A map is bright where its filter responds. Near the top the maps show edges and brightness; "
    + "further down they respond to larger shapes, with fewer pixels.",
  bottleneck: "The bottom. Few pixels, many maps: each pixel covers a large part of the abdomen. That tells roughly where "
    + "the organ is, but not where its edge runs.",
  decoder: "On the way up. The coarse maps from below are combined with the detail that the skip connection brings.",
  alone: "On the way up. The coarse maps from below are enlarged. No skip connection brings detail from the way down.",
};

/** Columns and rows from a map to the next one. @type {Record<string, [number, number]>} */
const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

export class Maps {
  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root;
    /** @type {Look["grid"] | null} */
    this.grid = null;
    this.tiles = find(root, ".maps .tiles");
    this.title = "";
    this.chosen = 0;
    this.tiles.addEventListener("click", (event) => this.enlargeAt(event));
    this.tiles.addEventListener("keydown", (event) => this.onKey(event));
  }

  /** @param {Look} look */
  draw({ levels, level, grid, skips, kernels }) {
    const chosen = levels.find(({ name }) => name === level);
    if (!chosen) return;
    this.grid = grid;
    this.title = titleOf(chosen.name);
    find(this.root, ".level-title").textContent = this.title;
    const kind = chosen.name.split("_")[0];
    find(this.root, ".level-says").textContent = `${chosen.filters} maps of ${chosen.width} x ${chosen.height} pixels. `
      + `${TELLS[kind === "decoder" && !skips ? "alone" : kind]} `
      + "Each map is drawn from its smallest value (black) to its largest (white).";
    paintTiles(this.tiles, grid);
    this.tiles.setAttribute("aria-label", `${chosen.filters} feature maps of ${this.title}. The arrow keys enlarge one.`);
    this.tiles.replaceChildren(...Array.from({ length: grid.count }, (_, i) => (
      made("span", { role: "option", id: `map-${i}`, "aria-label": `Map ${i + 1} of ${grid.count}` }))));
    find(this.root, ".one").dataset.point = level;
    this.enlarge(chosen.strongest[0]);
    this.drawKernels(kernels);
  }

  /** @param {MouseEvent} event */
  enlargeAt(event) {
    if (!this.grid) return;
    const box = this.tiles.getBoundingClientRect();
    const column = Math.floor(((event.clientX - box.left) / box.width) * this.grid.columns);
    const row = Math.floor(((event.clientY - box.top) / box.height) * this.grid.rows);
    this.enlarge(Math.min(this.grid.count - 1, row * this.grid.columns + column));
  }

  /** @param {KeyboardEvent} event */
  onKey(event) {
    if (!this.grid) return;
    const { count, columns } = this.grid;
    const [right, down] = STEPS[event.key] ?? [0, 0];
    const next = event.key === "Home" ? 0 : event.key === "End" ? count - 1 : this.chosen + right + down * columns;
    if (next === this.chosen && !["Home", "End"].includes(event.key)) return;
    event.preventDefault();
    if (next >= 0 && next < count) this.enlarge(next);
  }

  /** @param {number} number */
  enlarge(number) {
    if (!this.grid) return;
    const { url, count, columns, rows, width, height } = this.grid;
    this.chosen = number;
    [...this.tiles.children].forEach((map, i) => map.setAttribute("aria-selected", String(i === number)));
    this.tiles.setAttribute("aria-activedescendant", `map-${number}`);
    find(this.root, ".one").setAttribute("aria-label", `Map ${number + 1} of ${count} of ${this.title}, enlarged`);
    /** @type {(at: number, of: number) => number} */
    const place = (at, of) => (of > 1 ? (at / (of - 1)) * 100 : 0);
    Object.assign(find(this.root, ".one").style, {
      aspectRatio: `${width} / ${height}`,
      backgroundImage: `url(${url})`,
      backgroundSize: `${columns * 100}% ${rows * 100}%`,
      backgroundPosition: `${place(number % columns, columns)}% ${place(Math.floor(number / columns), rows)}%`,
    });
    find(this.root, "figcaption").textContent = `Map ${number + 1} of ${count}. Click another one.`;
  }

  /** @param {Look["kernels"]} kernels */
  drawKernels(kernels) {
    find(this.root, ".kernels").replaceChildren(...kernels.map((kernel) => {
      const title = `Kernels on the slice itself: ${kernel.count} of ${kernel.width} x ${kernel.height}`;
      const tiles = made("div", { class: "tiles", role: "img", "aria-label": title });
      paintTiles(tiles, kernel);
      const says = "A kernel holds the weights of a filter. White is its largest weight, black its smallest.";
      return made("div", {}, made("h3", {}, title), made("p", { class: "quiet" }, says), tiles);
    }));
  }
}
