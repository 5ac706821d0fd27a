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

export class Maps {
  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root;
    /** @type {Look["grid"] | null} */
    this.grid = null;
    this.tiles = find(root, ".maps .tiles");
    this.tiles.addEventListener("click", (event) => this.enlargeAt(event));
  }

  /** @param {Look} look */
  draw({ levels, level, grid, skips, kernels }) {
    const chosen = levels.find(({ name }) => name === level);
    if (!chosen) return;
    this.grid = grid;
    find(this.root, ".level-title").textContent = titleOf(chosen.name);
    const kind = chosen.name.split("_")[0];
    find(this.root, ".level-says").textContent = `${chosen.filters} maps of ${chosen.width} x ${chosen.height} pixels. `
      + `${TELLS[kind === "decoder" && !skips ? "alone" : kind]} `
      + "Each map is drawn from its smallest value (black) to its largest (white).";
    paintTiles(this.tiles, grid);
    this.tiles.setAttribute("aria-label", `${chosen.filters} feature maps`);
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

  /** @param {number} number */
  enlarge(number) {
    if (!this.grid) return;
    const { url, count, columns, rows, width, height } = this.grid;
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
      const tiles = made("div", { class: "tiles" });
      paintTiles(tiles, kernel);
      const title = `Kernels on the slice itself: ${kernel.count} of ${kernel.width} x ${kernel.height}`;
      const says = "A kernel holds the weights of a filter. White is its largest weight, black its smallest.";
      return made("div", {}, made("h3", {}, title), made("p", { class: "quiet" }, says), tiles);
    }));
  }
}
