/* The display window: presets, sliders, a drag on the slice. It changes what a person sees, never what the network sees.

   The page has the slice in the model's window, eight bits a pixel. Where the display window goes beyond that, the slice's
   HU are asked for; only CT read in HU has any. */

import { Refused } from "./engine/port.js";
import { find, findAll, pen } from "./dom.js";
import { WHOLE_WINDOW } from "./pixels.js";
import { clamp } from "./scores.js";

/** @typedef {import("./engine/port.js").Opened} Opened */

/** Level and width in HU, as radiologists set them. @type {Record<string, [number, number]>} */
const PRESETS = { abdomen: [40, 400], liver: [30, 150], lung: [-600, 1500], bone: [400, 1800] };
const NARROWEST = 16; // grey levels
const GREY_RANGE = { low: 0, high: 255, widest: 512 };
const HU_RANGE = { low: -1024, high: 3071, widest: 4096 };

export class Windowing {
  /**
   * @param {HTMLElement} root
   * @param {import("./page.js").Page} page
   */
  constructor(root, { store, engine }) {
    this.root = root;
    this.store = store;
    this.engine = engine;
    /** @type {Opened | null} */
    this.opened = null;
    /** @type {import("./looks.js").Look | null} */
    this.look = null;
    this.range = GREY_RANGE; // in grey levels, of the middle and the width
    /** @type {WeakMap<Opened, Int16Array | "asked">} */
    this.values = new WeakMap();
    this.listen();
    this.set({});
  }

  /**
   * @param {Opened} opened
   * @param {import("./looks.js").Look} look
   * @param {boolean} fresh  Whether it is another case than before.
   */
  show(opened, look, fresh) {
    [this.opened, this.look] = [opened, look];
    find(this.root, ".presets").hidden = !this.isCt;
    const { low, scale } = this.unit;
    const grey = ({ low: from, high, widest } = HU_RANGE) => (
      { low: Math.ceil((from - low) / scale), high: Math.floor((high - low) / scale), widest: Math.floor(widest / scale) });
    this.range = this.isCt ? grey() : GREY_RANGE;
    const [level, width] = ["level", "width"].map((name) => find(this.root, `.${name}`, HTMLInputElement));
    [level.min, level.max] = [String(this.range.low), String(this.range.high)];
    width.max = String(this.range.widest);
    if (opened.hu) find(this.root, ".seen-by-network").textContent = `${opened.hu[0]} to ${opened.hu[1]} HU`;
    this.set(fresh ? WHOLE_WINDOW : {});
  }

  /** Whether there is more to see than the model's window: an example is a picture of just that. */
  get isCt() {
    return Boolean(this.opened?.hu && (this.opened.beyond || this.opened.places > 1));
  }

  /** What a grey level of the window stands for. */
  get unit() {
    const [low, high] = this.opened?.hu ?? [0, 256];
    return { low, scale: (high - low) / 256, name: this.opened?.hu ? "HU" : "grey" };
  }

  /** @param {Partial<import("./pixels.js").Window>} change */
  set(change) {
    const asked = { ...this.store.state.window, ...change };
    const window = {
      level: clamp(asked.level, this.range.low, this.range.high),
      width: clamp(asked.width, NARROWEST, this.range.widest),
    };
    this.store.set({ window });
    find(this.root, ".level", HTMLInputElement).value = String(window.level);
    find(this.root, ".width", HTMLInputElement).value = String(window.width);
    this.say(window);
    this.paint();
  }

  /** @param {import("./pixels.js").Window} window */
  say({ level, width }) {
    const { low, scale, name } = this.unit;
    const [middle, wide] = [Math.round(low + level * scale), Math.round(width * scale)];
    const unit = name === "HU" ? " HU" : "";
    find(this.root, ".level-text").textContent = `${middle}${unit}`;
    find(this.root, ".width-text").textContent = `${wide}${unit}`;
    const whole = level === WHOLE_WINDOW.level && width === WHOLE_WINDOW.width;
    const corner = find(this.root, ".window-says");
    corner.textContent = `W ${wide} L ${middle} ${name}`.replaceAll("-", "\u2212");
    corner.hidden = whole && this.opened?.places === 1; // one slice as it is needs no words
    for (const button of findAll(this.root, ".presets button", HTMLButtonElement)) {
      const preset = PRESETS[button.value];
      const on = preset ? middle === preset[0] && wide === preset[1] : whole;
      button.setAttribute("aria-pressed", String(on));
    }
  }

  paint() {
    if (!this.look || !this.opened) return;
    const context = pen(find(this.root, "canvas.base", HTMLCanvasElement));
    const { window } = this.store.state;
    const values = this.isCt && goesBeyond(window) ? this.values.get(this.opened) : null;
    if (values instanceof Int16Array && this.opened.hu) this.look.paintValues(context, window, values, this.opened.hu);
    else this.look.paintSlice(context, window);
    const waiting = values === undefined || values === "asked";
    find(this.root, ".window-waits").hidden = !waiting;
    if (values === undefined) this.ask(this.opened);
  }

  /** @param {Opened} opened */
  async ask(opened) {
    this.values.set(opened, "asked");
    try {
      this.values.set(opened, await this.engine.values(opened.source));
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      this.values.delete(opened);
      if (opened !== this.opened) return;
      this.store.set({ problem: error.message });
      return this.set(WHOLE_WINDOW);
    }
    if (opened === this.opened) this.paint();
  }

  /**
   * What a pixel of the slice in view holds.
   * @param {number} i
   */
  valueAt(i) {
    if (!this.opened) return "";
    const { slice, hu } = this.opened;
    const [grey, values] = [slice[i], this.values.get(this.opened)];
    if (values instanceof Int16Array) return `${values[i]} HU`;
    if (!hu) return `grey ${grey}`;
    if (grey === 0) return `${hu[0]} HU or less`;
    if (grey === 255) return `${hu[1]} HU or more`;
    return `${Math.round(hu[0] + (grey * (hu[1] - hu[0])) / 255)} HU`;
  }

  /**
   * A drag changes the width sideways, and the level up and down.
   * @param {PointerEvent} start
   * @returns {import("./stage.js").Move}
   */
  drag(start) {
    const { level, width } = this.store.state.window;
    return (event) => this.set({
      width: width + event.clientX - start.clientX,
      level: level + (event.clientY - start.clientY) / 2,
    });
  }

  /** @param {string} name  Of a preset; any other is the model's own window. */
  choose(name) {
    const preset = PRESETS[name];
    const { low, scale } = this.unit;
    this.set(preset ? { level: (preset[0] - low) / scale, width: preset[1] / scale } : WHOLE_WINDOW);
  }

  listen() {
    for (const name of /** @type {const} */ (["level", "width"])) {
      const slider = find(this.root, `.${name}`, HTMLInputElement);
      slider.addEventListener("input", () => this.set({ [name]: Number(slider.value) }));
    }
    for (const button of findAll(this.root, ".presets button, .reset-window", HTMLButtonElement)) {
      button.addEventListener("click", () => this.choose(button.value));
    }
  }
}

/** @param {import("./pixels.js").Window} window */
export const goesBeyond = ({ level, width }) => level - width / 2 < 0 || level + width / 2 > 256;
