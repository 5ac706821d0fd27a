/* The U: the levels of a network as pictures of their strongest maps, and between them the operations of its file. What is
   drawn follows the arrows that the engine names; only where a level stands goes by its name. */

import { find, findAll, made } from "./dom.js";
import { drawWires } from "./wires.js";

/**
 * @typedef {import("./engine/port.js").Look} Look
 * @typedef {import("./engine/port.js").Level} Level
 * @typedef {import("./engine/port.js").Arrow} Arrow
 * @typedef {{level: (name: string) => void, operation: (name: string) => void, cut: (skips: number[]) => void}} Chosen
 */

/** @type {Record<string, string>} */
const SHORT = {
  convolution: "conv", "transposed convolution": "up-conv", "max pooling": "pool", concatenation: "join",
  "batch norm": "norm", "layer norm": "norm", "group norm": "norm", enlarging: "enlarge",
};
const SIZED = ["convolution", "transposed convolution", "max pooling"];

export class U {
  /**
   * @param {HTMLElement} root
   * @param {Chosen} chosen  What a click does.
   */
  constructor(root, chosen) {
    this.root = root;
    this.chosen = chosen;
    /** @type {Arrow[]} */
    this.arrows = [];
    /** @type {number[]} */
    this.cut = [];
    new ResizeObserver(() => this.wire()).observe(root);
  }

  /** @param {Look} look */
  draw({ levels, arrows, cut, skips }) {
    this.arrows = arrows;
    this.cut = cut;
    const focused = document.activeElement instanceof HTMLButtonElement && this.root.contains(document.activeElement)
      ? document.activeElement.dataset.name : undefined;
    const bottom = (levels.length - 1) / 2;
    const rows = levels.slice(0, bottom).map((down, depth) => this.row([
      made("div", { class: "down", role: "group", "aria-label": `The way down, level ${depth + 1}` },
        ...this.stepsInto(down.name), this.picture(down)),
      made("div", { class: "across" }, ...(skips ? [this.skipBox(depth, !cut.includes(depth))] : [])),
      made("div", { class: "up", role: "group", "aria-label": `The way up, level ${depth + 1}, last step first` },
        this.picture(levels[levels.length - 1 - depth]),
        ...this.stepsInto(levels[levels.length - 1 - depth].name).reverse()),
    ]));
    const ends = this.row([
      made("div", { class: "down" }, this.end("slice", "the slice")),
      made("div", { class: "across" }),
      made("div", { class: "up" }, this.end("probability", "probability"), ...this.stepsInto("probability")),
    ]);
    const last = made("div", { class: "row last" },
      made("div", { class: "bottom", role: "group", "aria-label": "The bottom" },
        ...this.stepsInto(levels[bottom].name), this.picture(levels[bottom])));
    const wires = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    wires.setAttribute("class", "wires");
    wires.setAttribute("aria-hidden", "true");
    this.root.replaceChildren(wires, ends, ...rows, last);
    if (focused) find(this.root, `[data-name="${CSS.escape(focused)}"]`).focus();
    this.wire();
  }

  /**
   * @param {string} level
   * @param {string} operation
   */
  mark(level, operation) {
    for (const button of findAll(this.root, "button")) {
      const name = button.dataset.level ?? button.dataset.operation;
      button.setAttribute("aria-pressed", String(operation ? name === operation : name === level));
    }
  }

  wire() {
    if (!this.arrows.length) return;
    drawWires(this.root, this.arrows);
    for (const skip of this.cut) {
      find(this.root, `[data-wire="encoder_${skip}>join decoder_${skip}"]`, SVGPathElement).classList.add("is-cut");
    }
  }

  /** @param {HTMLElement[]} cells */
  row(cells) {
    return made("div", { class: "row" }, ...cells);
  }

  /**
   * A level's strongest maps.
   * @param {Level} level
   */
  picture({ name, filters, width, height, picture, strongest }) {
    const tiles = made("span", { class: "tiles", "data-point": name, "data-strongest": String(strongest.length) });
    paintTiles(tiles, picture);
    tiles.style.aspectRatio = `${picture.columns * width} / ${picture.rows * height}`;
    const button = made("button", { type: "button", class: "level", "data-level": name, "data-name": name,
      "aria-describedby": "region-says" },
      tiles, made("span", { class: "about" }, made("b", {}, titleOf(name)), made("span", {}, `${filters} maps`),
        made("span", {}, `${width} x ${height}`)));
    button.addEventListener("click", () => this.chosen.level(name));
    return button;
  }

  /**
   * One of the two ends, which `space/page/network.js` paints.
   * @param {string} point
   * @param {string} words
   */
  end(point, words) {
    return made("div", { class: "end" },
      made("span", { class: "pane" }, made("canvas", { "data-point": point, width: "64", height: "64" })),
      made("span", { class: "about" }, made("b", {}, words)));
  }

  /**
   * The operations on the arrows into a point, in the order in which they work.
   * @param {string} point
   */
  stepsInto(point) {
    const leading = this.arrows.filter(({ target, operations }) => (
      operations.length && (target === point || target === `join ${point}`)));
    return leading.sort((one, other) => Number(other.target !== point) - Number(one.target !== point))
      .map((arrow) => made("div", { class: "steps", "data-arrow": `${arrow.source}>${arrow.target}` },
        ...arrow.operations.map((operation) => this.step(operation, arrow.source))));
  }

  /**
   * @param {import("./engine/port.js").Operation} operation
   * @param {string} source
   */
  step({ name, kind, kernel, stride }, source) {
    const size = SIZED.includes(kind) ? ` ${kernel[1]} x ${kernel[0]}${stride > 1 ? `, stride ${stride}` : ""}` : "";
    const button = made("button", { type: "button", class: "step", "data-operation": name, "data-name": name,
      "data-kind": kind, title: `${kind}${size}` },
    SHORT[kind] ?? kind, made("span", { class: "only-read" }, ` (${name}${size})`));
    if (kind === "concatenation") button.dataset.point = source;
    button.addEventListener("click", () => this.chosen.operation(name));
    return button;
  }

  /**
   * @param {number} depth
   * @param {boolean} on
   */
  skipBox(depth, on) {
    const box = made("input", { type: "checkbox", "data-skip": String(depth) });
    box.checked = on;
    box.addEventListener("change", () => {
      const boxes = findAll(this.root, "[data-skip]", HTMLInputElement);
      this.chosen.cut(boxes.filter(({ checked }) => !checked).map(({ dataset }) => Number(dataset.skip)));
    });
    return made("label", { class: "skip" }, box, ` skip ${depth + 1}`);
  }
}

/**
 * @param {HTMLElement} place
 * @param {import("./engine/port.js").Tiles} tiles
 */
export function paintTiles(place, { url, columns, rows, width, height }) {
  place.style.aspectRatio = `${columns * width} / ${rows * height}`;
  place.style.backgroundImage = `url(${url})`;
  place.style.setProperty("--columns", String(columns));
  place.style.setProperty("--rows", String(rows));
}

/** @param {string} name */
export function titleOf(name) {
  const [kind, depth] = name.split("_");
  if (kind === "bottleneck") return "Bottom";
  return `${kind === "encoder" ? "Down" : "Up"} ${Number(depth) + 1}`;
}
