/* Draw against the U-Net: a mask of one's own on the open slice, its Dice beside the network's, all three over one another.

   The network counts from the page's threshold on. Every slice has a drawing of its own, which is there again when one
   comes back to it. */

import { find, pen } from "./dom.js";
import { Ink } from "./ink.js";
import { EXTRA, GREYS, PREDICTION, REFERENCE, atOrAbove, lowestNeighbour, picture, word } from "./pixels.js";
import { countPixels, putScore, scoresOf } from "./scores.js";
import { Stage } from "./stage.js";

/** @typedef {"trace" | "brush" | "eraser" | "move"} Tool */

const YOURS = EXTRA;
/** @type {Record<Tool, string>} */
const TOOL_SAYS = {
  trace: "Draw around the organ; the inside fills when you let go.",
  brush: "Paint the organ.",
  eraser: "Rub out.",
  move: "Drag to pan. The buttons on the slice zoom.",
};

export default class DrawPad {
  /**
   * @param {HTMLElement} root
   * @param {import("./page.js").Page} page
   * @param {{target: string, place: string}} data  The organ, and a sentence on where it lies; empty if not known.
   */
  constructor(root, { store, desk }, { target, place }) {
    this.root = root;
    this.place = place;
    find(root, ".which").textContent = `Where is the ${target}?`;
    this.store = store;
    this.form = find(root, "form", HTMLFormElement);
    /** @type {import("./engine/port.js").Opened | null} */
    this.opened = null;
    this.ink = new Ink(1, 1);
    this.paper = picture(1, 1);
    /** @type {Map<string, Ink>} */
    this.drawings = new Map();
    /** @type {Tool} */
    this.tool = "trace";
    this.size = 8;
    this.stage = new Stage(find(root, ".stage"), { onDrag: (event) => this.startStroke(event) });
    this.listen();
    this.setTool("trace");
    this.setSize(8);
    store.subscribe(["opened"], ({ opened }) => opened && this.show(opened));
    store.subscribe(["level"], () => this.hasOutcome && this.setCompared(true));
    desk.begin();
  }

  /** @param {import("./engine/port.js").Opened} opened */
  show(opened) {
    const { key, width, height, slice } = opened;
    const same = this.opened?.key === key;
    this.opened = opened;
    this.form.classList.toggle("has-mask", Boolean(opened.mask));
    if (!same) {
      this.ink.past = []; // what was drawn on another slice stays, the way back to it does not
      this.ink = this.drawings.get(key) ?? new Ink(width, height);
      this.paper = picture(width, height);
      this.stage.fit(width, height);
      const { image, words } = this.paper;
      for (let i = 0; i < words.length; i++) words[i] = GREYS[slice[i]];
      pen(find(this.root, ".base", HTMLCanvasElement)).putImageData(image, 0, 0);
      if (Math.min(width, height) >= 400) this.stage.zoomAt(1.6); // the body's middle: the organ is small
    }
    this.changed();
    this.form.dataset.shown = opened.name;
  }

  /* ---------- strokes ---------- */

  /**
   * @param {PointerEvent} event
   * @returns {import("./stage.js").Move | null}
   */
  startStroke(event) {
    if (!this.opened || this.tool === "move" || event.button) return null;
    const { ink, tool } = this;
    const value = tool === "brush" ? 255 : 0;
    this.drawings.set(this.opened.key, ink);
    ink.keep();
    const path = [this.stage.pixelAt(event)];
    if (tool !== "trace") ink.dab(path[0], path[0], this.size, value);
    this.changed(path);
    return (next, last = false) => {
      const pixel = this.stage.pixelAt(next);
      if (tool !== "trace") ink.dab(path[path.length - 1], pixel, this.size, value);
      path.push(pixel);
      if (last && tool === "trace") ink.fill(path);
      this.changed(last ? [] : path);
    };
  }

  /* ---------- showing ---------- */

  /** @param {import("./stage.js").Pixel[]} [path]  The outline that is being traced. */
  changed(path = []) {
    const some = this.ink.mask.some(Boolean);
    find(this.root, ".undo", HTMLButtonElement).disabled = !this.ink.past.length;
    for (const name of [".wipe", ".compare"]) find(this.root, name, HTMLButtonElement).disabled = !some;
    this.setCompared(false);
    this.paint(this.tool === "trace" ? path : []);
  }

  get hasOutcome() {
    return this.form.classList.contains("is-compared");
  }

  /** @param {boolean} on */
  setCompared(on) {
    this.form.classList.toggle("is-compared", on);
    if (on) this.showOutcome();
    this.paint();
  }

  /** @returns {Uint8Array} */
  get predicted() {
    return this.opened ? atOrAbove(this.opened.probability, this.store.state.level) : new Uint8Array();
  }

  /** @param {import("./stage.js").Pixel[]} [path] */
  paint(path = []) {
    const { image, words } = this.paper;
    const { width, height, mask } = this.ink;
    /** @type {[Uint8Array | null | undefined, import("./pixels.js").Colour][]} */
    const compared = this.hasOutcome ? [[this.predicted, PREDICTION], [this.opened?.mask, REFERENCE]] : [];
    words.fill(0);
    for (let i = 0; i < words.length; i++) if (mask[i]) words[i] = word(YOURS, 70);
    for (const [pixels, colour] of [...compared, /** @type {const} */ ([mask, YOURS])]) {
      if (pixels) paintOutline(words, pixels, lowestNeighbour(pixels, width, height), word(colour));
    }
    const context = pen(find(this.root, ".ink", HTMLCanvasElement));
    context.putImageData(image, 0, 0);
    context.strokeStyle = `rgb(${YOURS})`;
    context.lineWidth = 1.5;
    context.beginPath();
    for (const { x, y } of path) context.lineTo(x, y);
    context.stroke();
  }

  showOutcome() {
    const truth = this.opened?.mask;
    const dice = Object.entries({ yours: this.ink.mask, unet: this.predicted }).map(([who, mask]) => {
      const area = mask.reduce((sum, value) => sum + Number(value > 0), 0);
      find(this.root, `[data-${who}=area]`).textContent = area.toLocaleString("en");
      if (!truth) return NaN;
      const { tp, fp, fn } = countPixels(mask, truth);
      const { iou, ...scores } = scoresOf(tp, fp, fn);
      for (const [name, value] of Object.entries(scores)) putScore(find(this.root, `[data-${who}=${name}]`), value);
      return scores.dice;
    });
    find(this.root, ".verdict").textContent = truth
      ? verdict(dice[0], dice[1], this.place)
      : "This slice has no mask, so neither drawing can be scored.";
  }

  /* ---------- controls ---------- */

  /** @param {Tool} tool */
  setTool(tool) {
    this.tool = tool;
    find(this.root, ".tool-says").textContent = TOOL_SAYS[tool];
    find(this.root, ".size", HTMLInputElement).disabled = tool === "trace" || tool === "move";
    this.stage.element.classList.toggle("drawing", tool !== "move"); // else a finger scrolls the page
  }

  /** @param {number} size */
  setSize(size) {
    this.size = size;
    find(this.root, ".size", HTMLInputElement).value = String(size);
    find(this.root, ".size-text").textContent = `${size} px`;
  }

  listen() {
    this.form.addEventListener("submit", (event) => event.preventDefault());
    this.form.addEventListener("input", ({ target }) => {
      if (!(target instanceof HTMLInputElement)) return;
      if (target.name === "tool") this.setTool(/** @type {Tool} */ (target.value));
      else this.setSize(Number(target.value));
    });
    /** @type {(selector: string, act: () => void) => void} */
    const on = (selector, act) => find(this.root, selector).addEventListener("click", act);
    on(".undo", () => {
      this.ink.undo();
      this.changed();
    });
    on(".wipe", () => {
      this.ink.wipe();
      this.changed();
    });
    on(".compare", () => this.setCompared(true));
  }
}

/**
 * @param {Uint32Array} words
 * @param {Uint8Array} mask
 * @param {Uint8Array} low  Its lowest neighbours.
 * @param {number} colour
 */
function paintOutline(words, mask, low, colour) {
  for (let i = 0; i < words.length; i++) if (mask[i] && !low[i]) words[i] = colour;
}

/**
 * @param {number} yours
 * @param {number} unet
 * @param {string} place  Where the organ lies, in a sentence; empty if not known.
 */
function verdict(yours, unet, place) {
  if (Number.isNaN(yours)) return "The mask is empty and so is your drawing: there is no Dice.";
  if (yours > unet) return "You are closer to the mask than the U-Net.";
  if (yours === unet) return "A draw.";
  return yours === 0
    ? `No overlap with the mask. ${place ? `${place}: t` : "T"}ry again.`
    : "The U-Net is closer to the mask. Look where your outline differs from it.";
}
