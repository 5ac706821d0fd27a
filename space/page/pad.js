/* A slice to draw on, by mouse, pen, finger or keys: tools, the way back, and the display window.

   Every slice has a drawing of its own, which is there again when one comes back to it. */

import { Cursor } from "./cursor.js";
import { find, findAll, pen } from "./dom.js";
import { Ink } from "./ink.js";
import { Look } from "./looks.js";
import { CONTROLS, STAGE } from "./pad_parts.js";
import { Paper } from "./paper.js";
import { counted } from "./scores.js";
import { Stage } from "./stage.js";
import { Windowing } from "./windowing.js";

/**
 * @typedef {"trace" | "brush" | "eraser" | "move"} Tool
 * @typedef {import("./engine/port.js").Opened} Opened
 */

/** @type {Record<Tool, string>} */
const TOOL_SAYS = {
  trace: "Draw around the organ; the inside fills when you let go. Keys: arrows move, Space sets a point, Enter closes.",
  brush: "Paint the organ. Keys: arrows move, Space puts the brush down or lifts it.",
  eraser: "Rub out. Keys: arrows move, Space puts the eraser down or lifts it.",
  move: "Drag to pan. The buttons on the slice zoom. Keys: arrows pan, plus and minus zoom.",
};
const LARGE = 400; // pixels to a side: the organ is small in it

export class Pad {
  /**
   * @param {HTMLElement} root  Holds a `.pad` and, for its controls, `.inks`.
   * @param {import("./page.js").Page} page
   * @param {string} unit  Of the slice's values, as `Windowing` takes it.
   * @param {object} acts
   * @param {() => void} acts.onChange  Hears that something was drawn, or another slice is shown.
   * @param {(step: number) => boolean} [acts.onStep]  As a stage has it.
   */
  constructor(root, page, unit, { onChange, onStep }) {
    this.root = root;
    find(root, ".pad").innerHTML = STAGE;
    find(root, ".inks").innerHTML = CONTROLS;
    this.onChange = onChange;
    /** @type {Opened | null} */
    this.opened = null;
    this.ink = new Ink(1, 1);
    this.paper = new Paper(1, 1);
    /** @type {Map<string, Ink>} */
    this.drawings = new Map();
    /** @type {import("./stage.js").Pixel[]} */
    this.path = []; // the outline that is being traced
    this.down = false; // whether the keys paint
    this.locked = false;
    /** @type {Tool} */
    this.tool = "trace";
    this.size = 8;
    this.stage = new Stage(find(root, ".stage"), {
      onDrag: (event) => this.startStroke(event), onKey: (event) => this.onKey(event), onStep,
    });
    this.cursor = new Cursor(this.stage);
    this.windowing = new Windowing(root, page, unit);
    this.listen();
    this.setTool("trace");
    this.setSize(8);
  }

  /** @param {Opened} opened */
  show(opened) {
    const { key, stack, width, height } = opened;
    const [before, same] = [this.opened?.stack, this.opened?.key === key];
    this.opened = opened;
    if (!same) {
      this.ink.past = []; // what was drawn on another slice stays, the way back to it does not
      this.ink = this.drawings.get(key) ?? new Ink(width, height);
      this.paper = new Paper(width, height);
      [this.path, this.down] = [[], false];
      if (before !== stack) this.stage.fit(width, height);
      if (before !== stack && Math.min(width, height) >= LARGE) this.stage.zoomAt(1.6); // the body's middle
      this.cursor.put(null);
      this.windowing.show(opened, new Look(opened), before !== stack);
    }
    this.changed();
  }

  /** Whether anything is drawn. */
  get some() {
    return this.ink.mask.some(Boolean);
  }

  /**
   * Lay outlines over the drawing, and over those of a class; a stroke takes them away again.
   * @param {import("./paper.js").Layer[]} layers
   */
  compare(layers) {
    this.paper.layers = layers;
    this.paint();
  }

  /** @param {Uint8Array[]} masks  Of a class, to be laid over the drawing. */
  agree(masks) {
    this.paper.agree(masks);
    this.paint();
  }

  /** @param {boolean} locked  Whether nothing can be drawn any more. */
  lock(locked) {
    this.locked = locked;
    for (const input of findAll(this.root, "[name=tool]:not([value=move])", HTMLInputElement)) input.disabled = locked;
    if (locked) this.setTool("move");
    this.changed();
  }

  /* ---------- strokes ---------- */

  /** Before a stroke. */
  begin() {
    if (this.opened) this.drawings.set(this.opened.key, this.ink);
    this.ink.keep();
  }

  /**
   * @param {PointerEvent} event
   * @returns {import("./stage.js").Move | null}
   */
  startStroke(event) {
    if (event.button === 2) return this.windowing.drag(event);
    if (!this.opened || this.tool === "move" || event.button) return null;
    this.begin();
    let last = this.stage.pixelAt(event);
    this.path = [last];
    this.dab(last, last);
    this.changed();
    return (next, done = false) => {
      const pixel = this.stage.pixelAt(next);
      this.dab(last, pixel);
      last = pixel;
      this.path.push(pixel);
      if (done) this.close();
      else this.changed();
    };
  }

  /**
   * @param {import("./stage.js").Pixel} from
   * @param {import("./stage.js").Pixel} to
   */
  dab(from, to) {
    if (this.tool !== "trace") this.ink.dab(from, to, this.size, this.tool === "brush" ? 255 : 0);
  }

  /** A traced outline is filled. */
  close() {
    if (this.tool === "trace") this.ink.fill(this.path);
    this.path = [];
    this.changed();
  }

  /* ---------- keys ---------- */

  /** @param {KeyboardEvent} event */
  onKey(event) {
    if (!this.opened || this.tool === "move") return false;
    const before = this.cursor.at;
    if (this.cursor.takes(event)) {
      if (this.down && before && this.cursor.at) {
        this.dab(before, this.cursor.at);
        this.changed();
      }
    } else if (event.key === " ") this.press();
    else if (event.key === "Enter") this.finish();
    else if (this.path.length && ["Backspace", "Escape"].includes(event.key)) {
      this.path = event.key === "Escape" ? [] : this.path.slice(0, -1);
    } else return false;
    this.paint();
    this.tell();
    return true;
  }

  /** Space: a point of the outline, or the brush down or up. */
  press() {
    const { at } = this.cursor;
    if (!at) return this.cursor.put({ x: this.ink.width / 2, y: this.ink.height / 2 });
    if (this.tool === "trace") {
      this.path.push(at);
      return;
    }
    this.down = !this.down;
    if (!this.down) return;
    this.begin();
    this.dab(at, at);
    this.changed();
  }

  /** Enter: the outline is closed; it takes three points to have an inside. */
  finish() {
    if (this.tool !== "trace" || this.path.length < 3) return;
    this.begin();
    this.close();
  }

  /** Say where the keys are. */
  tell() {
    const [{ at }, { path, opened }] = [this.cursor, this];
    if (!at || !opened) return;
    const [x, y] = [Math.floor(at.x), Math.floor(at.y)];
    const points = path.length || !this.some
      ? `${path.length} ${path.length === 1 ? "point" : "points"}`
      : `${counted(this.ink.mask).toLocaleString("en")} pixels marked`;
    const state = this.tool === "trace" ? points : this.down ? "down" : "up";
    find(this.root, ".reads").textContent = `x ${x}, y ${y}: ${this.windowing.valueAt(y * opened.width + x)}. ${state}.`;
  }

  /* ---------- showing ---------- */

  changed() {
    find(this.root, ".undo", HTMLButtonElement).disabled = this.locked || !this.ink.past.length;
    find(this.root, ".wipe", HTMLButtonElement).disabled = this.locked || !this.some;
    this.paper.clear();
    this.paint();
    this.onChange();
  }

  paint() {
    const path = this.tool === "trace" ? this.path : [];
    this.paper.paint(pen(find(this.root, "canvas.ink", HTMLCanvasElement)), this.ink.mask, path);
  }

  /* ---------- controls ---------- */

  /** @param {Tool} tool */
  setTool(tool) {
    this.tool = tool;
    [this.path, this.down] = [[], false];
    find(this.root, `[name=tool][value=${tool}]`, HTMLInputElement).checked = true;
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
    find(this.root, ".inks").addEventListener("input", ({ target }) => {
      if (!(target instanceof HTMLInputElement)) return;
      if (target.name === "tool") this.setTool(/** @type {Tool} */ (target.value));
      else this.setSize(Number(target.value));
    });
    /** @type {(selector: string, act: () => void) => void} */
    const on = (selector, act) => find(this.root, selector).addEventListener("click", () => {
      act();
      this.changed();
    });
    on(".undo", () => this.ink.undo());
    on(".wipe", () => this.ink.wipe());
    this.stage.element.addEventListener("contextmenu", (event) => event.preventDefault());
  }
}
