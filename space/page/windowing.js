/* The display window: presets, sliders, a drag on the slice. It changes what a person sees, never what the network sees.

   The page has the slice in the model's window, eight bits a pixel. Where the display window goes beyond that, the slice's
   values are asked for: HU of CT, or the grey values of MR. A windowed picture has none. */

import { Refused } from "./engine/port.js";
import { find, findAll, pen } from "./dom.js";
import { WHOLE_WINDOW } from "./pixels.js";
import { clamp } from "./scores.js";

/** @typedef {import("./engine/port.js").Opened} Opened */

/** Level and width in HU, as radiologists set them. @type {Record<string, [number, number]>} */
const PRESETS = { abdomen: [40, 400], liver: [30, 150], lung: [-600, 1500], bone: [400, 1800] };
const ENOUGH = 0.95; // share of a preset that has to lie in a picture's own window
const NARROWEST = 16; // grey levels
const GREY_RANGE = { low: 0, high: 255, widest: 512 };
const HU_RANGE = { low: -1024, high: 3071, widest: 4096 };

export class Windowing {
  /**
   * @param {HTMLElement} root
   * @param {import("./page.js").Page} page
   * @param {string} unit  Of the values, HU; empty for those of MR, which have none.
   */
  constructor(root, { store, engine }, unit) {
    this.root = root;
    this.unitName = unit;
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
    store.subscribe(["window"], ({ window }) => this.reflect(window)); // another tab may set it
  }

  /**
   * @param {Opened} opened
   * @param {import("./looks.js").Look} look
   * @param {boolean} fresh  Whether it is another case than before.
   */
  show(opened, look, fresh) {
    [this.opened, this.look] = [opened, look];
    this.offerPresets(opened.hu);
    const { low, scale } = this.unit;
    const { low: from, high, widest } = this.unitName || !opened.hu ? HU_RANGE : rangeAround(opened.hu);
    this.range = this.isMeasured
      ? { low: Math.ceil((from - low) / scale), high: Math.floor((high - low) / scale), widest: Math.floor(widest / scale) }
      : GREY_RANGE;
    const [level, width] = ["level", "width"].map((name) => find(this.root, `.${name}`, HTMLInputElement));
    [level.min, level.max] = [String(this.range.low), String(this.range.high)];
    width.max = String(this.range.widest);
    if (opened.hu) {
      const seen = `${opened.hu[0]} to ${opened.hu[1]}`;
      find(this.root, ".seen-by-network").textContent = this.unitName ? `${seen}${this.suffix}` : `grey values ${seen}`;
    }
    this.set(fresh ? WHOLE_WINDOW : {});
  }

  /**
   * Those that what is known of the slice suffices for.
   * @param {[number, number] | null} hu
   */
  offerPresets(hu) {
    find(this.root, ".presets").hidden = !hu;
    for (const button of findAll(this.root, ".presets .in-hu", HTMLButtonElement)) {
      const [middle, wide] = PRESETS[button.value];
      const known = hu ? Math.min(hu[1], middle + wide / 2) - Math.max(hu[0], middle - wide / 2) : 0;
      button.hidden = !this.unitName || (!this.isMeasured && known < ENOUGH * wide);
    }
  }

  /** Whether there is more to see than the model's window: an example is a picture of just that. */
  get isMeasured() {
    return Boolean(this.opened?.hu && (this.opened.beyond || this.opened.places > 1));
  }

  /** What a grey level of the window stands for. */
  get unit() {
    const [low, high] = this.opened?.hu ?? [0, 256];
    return { low, scale: (high - low) / 256, name: this.opened?.hu ? this.unitName : "grey" };
  }

  /** What stands after a value. */
  get suffix() {
    return this.unitName && ` ${this.unitName}`;
  }

  /** @param {Partial<import("./pixels.js").Window>} change */
  set(change) {
    const asked = { ...this.store.state.window, ...change };
    const window = {
      level: clamp(asked.level, this.range.low, this.range.high),
      width: clamp(asked.width, NARROWEST, this.range.widest),
    };
    this.store.set({ window });
    this.reflect(window); // also where only what it stands for has changed
  }

  /** @param {import("./pixels.js").Window} window */
  reflect(window) {
    find(this.root, ".level", HTMLInputElement).value = String(window.level);
    find(this.root, ".width", HTMLInputElement).value = String(window.width);
    this.say(window);
    this.paint();
  }

  /** @param {import("./pixels.js").Window} window */
  say({ level, width }) {
    const { low, scale, name } = this.unit;
    const [middle, wide] = [Math.round(low + level * scale), Math.round(width * scale)];
    const unit = this.opened?.hu ? this.suffix : "";
    find(this.root, ".level-text").textContent = `${middle}${unit}`;
    find(this.root, ".width-text").textContent = `${wide}${unit}`;
    const whole = level === WHOLE_WINDOW.level && width === WHOLE_WINDOW.width;
    const corner = find(this.root, ".window-says");
    corner.textContent = `W ${wide} L ${middle} ${name}`.trim().replaceAll("-", "\u2212");
    corner.hidden = !this.opened;
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
    const values = this.isMeasured && goesBeyond(window) ? this.values.get(this.opened) : null;
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
    if (values instanceof Int16Array) return this.shown(`${values[i]}`);
    if (!hu) return `grey ${grey}`;
    if (grey === 0) return `${this.shown(`${hu[0]}`)} or less`;
    if (grey === 255) return `${this.shown(`${hu[1]}`)} or more`;
    return this.shown(`${Math.round(hu[0] + (grey * (hu[1] - hu[0])) / 255)}`);
  }

  /**
   * A value as a person reads it: '40 HU', 'grey value 512'.
   * @param {string} value
   */
  shown(value) {
    return this.unitName ? `${value}${this.suffix}` : `grey value ${value}`;
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

/**
 * The values that a display window can be set within, where no unit says which there are.
 * @param {[number, number]} seen  What the network sees.
 */
function rangeAround([low, high]) {
  const width = high - low;
  return { low: Math.min(0, low - width), high: high + 3 * width, widest: 4 * width };
}
