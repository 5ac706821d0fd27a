/* Inside the U-Net: the levels of a network, the maps of one of them for the open slice, and its skip connections.

   One question to the engine a view; threshold, scores and picture are worked out here. */

import { find, findAll, made, say } from "./dom.js";
import { Refused } from "./engine/port.js";
import { Networks, paint } from "./networks.js";
import { atOrAbove } from "./pixels.js";
import { countPixels, scoresOf, shownScore } from "./scores.js";

/**
 * @typedef {import("./engine/port.js").Look} Look
 * @typedef {import("./engine/port.js").Opened} Opened
 * @typedef {import("./engine/port.js").Tiles} Tiles
 */

/** @type {Record<string, string>} */
const TELLS = {
  encoder: "On the way down. A map is bright where its filter responds. Near the top the maps show edges and brightness; "
    + "further down they respond to larger shapes, with fewer pixels.",
  bottleneck: "The bottom. Few pixels, many maps: each pixel covers a large part of the abdomen. That tells roughly where "
    + "the organ is, but not where its edge runs.",
  decoder: "On the way up. The coarse maps from below are combined with the detail that the skip connection brings.",
  alone: "On the way up. The coarse maps from below are enlarged. No skip connection brings detail from the way down.",
};
const WAY_UP = "On the right, the way up: from row to row they double in size";
const JOINED = `${WAY_UP}, and a skip connection adds the maps of the same row on the left.`;
const ALONE = `${WAY_UP}. This network never had skip connections: all that the way up knows comes through the bottom.`;
const STEM = "In this network the slice enters twice: at Down 1, in full size, which leads into skip 1 alone; and at "
  + "Down 2, where the first convolution halves its size.";

export default class NetworkMap {
  /**
   * @param {HTMLElement} root
   * @param {import("./page.js").Page} page
   * @param {{networks: import("./networks.js").Described[]}} data
   */
  constructor(root, page, { networks }) {
    const { store, address, engine, desk } = page;
    this.root = root;
    this.store = store;
    this.address = address;
    this.engine = engine;
    this.form = find(root, "form", HTMLFormElement);
    this.networks = new Networks(find(root, ".networks"), page, networks,
      (network) => this.choose({ network, cut: [] }), () => this.showFound());
    this.wish = {
      network: address.get("network") ?? "",
      level: address.get("level") ?? "",
      cut: (address.get("cut") ?? "").split(",").filter(Boolean).map(Number).filter(Number.isInteger),
    };
    this.ticket = 0; // the newest view wins when two overlap
    /** @type {Opened | null} */
    this.opened = null; // the slice that was asked for
    /** @type {Look | null} */
    this.look = null;
    this.form.addEventListener("submit", (event) => event.preventDefault());
    find(root, ".tiles").addEventListener("click", (event) => this.enlargeAt(event));
    store.subscribe(["opened", "tab"], ({ opened, tab }) => {
      if (tab === "inside" && opened && opened !== this.opened) this.ask(opened);
    });
    store.subscribe(["level"], () => this.showFound());
    if (!desk.examples.length) find(root, ".waiting").textContent = "Open a slice in the tab Segment first.";
    desk.begin();
  }

  /** @param {Partial<{network: string, level: string, cut: number[]}>} change */
  choose(change) {
    Object.assign(this.wish, change);
    const { network, level, cut } = this.wish;
    this.address.set({ network: network || null, level, cut: cut.length ? cut.join(",") : null });
    if (this.opened) this.ask(this.opened);
  }

  /** @param {Opened} opened */
  async ask(opened) {
    const mine = ++this.ticket;
    this.opened = opened;
    this.form.setAttribute("aria-busy", "true");
    const { network, level, cut } = this.wish;
    this.networks.show(opened);
    try {
      const look = await this.engine.inside(opened.source, network, level, cut);
      if (mine === this.ticket) this.show(look);
    } catch (error) {
      if (mine !== this.ticket) return;
      if (!(error instanceof Refused)) throw error;
      this.opened = null; // to be asked for again
      say(find(this.root, ".notice"), error.message);
    } finally {
      if (mine === this.ticket) this.form.setAttribute("aria-busy", "false");
    }
  }

  /** @param {Look} look */
  show(look) {
    say(find(this.root, ".notice"), "");
    this.look = look;
    this.wish = { network: look.network, level: look.level, cut: look.cut };
    this.networks.mark(look.network);
    find(this.root, ".stem").textContent = look.stem ? STEM : "";
    find(this.root, ".way-up").textContent = look.skips ? JOINED : ALONE;
    find(this.root, ".cut-how").hidden = !look.skips;
    this.drawLevels(look);
    this.drawMaps(look);
    this.drawKernels(look.kernels);
    this.showFound();
    this.form.classList.add("is-shown");
    this.form.dataset.shown = `${look.network}/${look.level}/${look.cut.join(",")}`;
  }

  /** What is found with the skips that are left, at the page's threshold: the picture, and its Dice. */
  showFound() {
    if (!this.look || !this.opened) return;
    const { network, cut, skips, field } = this.look;
    const { level } = this.store.state;
    const predicted = atOrAbove(this.look.probability, level);
    paint(find(this.root, ".picture", HTMLCanvasElement), this.opened, predicted, field);
    const whole = this.networks.found[network]?.table?.[level];
    find(this.root, ".cut-says").textContent = sayFound(predicted, this.opened.mask, whole, cut, skips);
  }

  /**
   * A row for each depth: the level down, the skip connection, the level up; the bottom alone in the last.
   * @param {Look} look
   */
  drawLevels({ levels, level, cut, skips }) {
    const bottom = (levels.length - 1) / 2;
    const focused = document.activeElement instanceof HTMLButtonElement ? document.activeElement.dataset.level : undefined;
    const rows = levels.slice(0, bottom + 1).map((down, depth) => {
      const row = made("div", { class: "row", style: `--depth: ${depth}` }, this.levelButton(down, level));
      if (depth < bottom) {
        row.append(...(skips ? [this.skipBox(depth, !cut.includes(depth))] : []),
          this.levelButton(levels[levels.length - 1 - depth], level));
      }
      return row;
    });
    find(this.root, ".u").replaceChildren(...rows);
    if (focused) find(this.root, `[data-level=${CSS.escape(focused)}]`).focus();
  }

  /**
   * @param {Look["levels"][number]} level
   * @param {string} chosen
   */
  levelButton({ name, filters, width, height }, chosen) {
    const button = made("button", { type: "button", "data-level": name, "aria-pressed": String(name === chosen) },
      made("b", {}, titleOf(name)), made("span", {}, `${filters} maps`), made("span", {}, `${width} x ${height}`));
    button.addEventListener("click", () => this.choose({ level: name }));
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
      this.choose({ cut: boxes.filter(({ checked }) => !checked).map(({ dataset }) => Number(dataset.skip)) });
    });
    return made("label", { class: "skip" }, box, ` skip ${depth + 1}`);
  }

  /** @param {Look} look */
  drawMaps({ levels, level, grid, skips }) {
    const chosen = levels.find(({ name }) => name === level);
    if (!chosen) return;
    find(this.root, ".level-title").textContent = titleOf(chosen.name);
    const kind = chosen.name.split("_")[0];
    find(this.root, ".level-says").textContent = `${chosen.filters} maps of ${chosen.width} x ${chosen.height} pixels. `
      + `${TELLS[kind === "decoder" && !skips ? "alone" : kind]} `
      + "Each map is drawn from its smallest value (black) to its largest (white).";
    paintTiles(find(this.root, ".tiles"), grid);
    find(this.root, ".tiles").setAttribute("aria-label", `${chosen.filters} feature maps`);
    this.enlarge(0);
  }

  /** @param {MouseEvent} event */
  enlargeAt(event) {
    if (!this.look) return;
    const { grid } = this.look;
    const box = find(this.root, ".tiles").getBoundingClientRect();
    const column = Math.floor(((event.clientX - box.left) / box.width) * grid.columns);
    const row = Math.floor(((event.clientY - box.top) / box.height) * grid.rows);
    this.enlarge(Math.min(grid.count - 1, row * grid.columns + column));
  }

  /** @param {number} number */
  enlarge(number) {
    if (!this.look) return;
    const { url, count, columns, rows, width, height } = this.look.grid;
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

/**
 * @param {Uint8Array} predicted
 * @param {Uint8Array | null} mask
 * @param {[number, number, number] | undefined} whole  The counts with every skip connection.
 * @param {number[]} cut
 * @param {number} skips  How many it has.
 */
function sayFound(predicted, mask, whole, cut, skips) {
  if (!mask || !whole) {
    const area = predicted.reduce((sum, value) => sum + Number(value > 0), 0);
    return `${area.toLocaleString("en")} pixels found.`;
  }
  const dice = shownScore(scoresOf(...whole).dice);
  if (!skips) return `Dice ${dice}.`;
  if (!cut.length) return `Dice ${dice} with every skip connection.`;
  const { tp, fp, fn } = countPixels(predicted, mask);
  const names = cut.map((skip) => skip + 1).join(", ");
  return `Dice ${shownScore(scoresOf(tp, fp, fn).dice)} without skip ${names}; ${dice} with all of them.`;
}

/**
 * @param {HTMLElement} place
 * @param {Tiles} tiles
 */
function paintTiles(place, { url, columns, rows, width, height }) {
  place.style.aspectRatio = `${columns * width} / ${rows * height}`;
  place.style.backgroundImage = `url(${url})`;
  place.style.setProperty("--columns", String(columns));
  place.style.setProperty("--rows", String(rows));
}

/** @param {string} name */
function titleOf(name) {
  const [kind, depth] = name.split("_");
  if (kind === "bottleneck") return "Bottom";
  return `${kind === "encoder" ? "Down" : "Up"} ${Number(depth) + 1}`;
}
