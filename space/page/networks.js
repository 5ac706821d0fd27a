/* Several networks on one slice: what each finds at the page's threshold, and its Dice. A click chooses the one that the
   tab looks into. */

import { find, made, pen, say } from "./dom.js";
import { Refused } from "./engine/port.js";
import { atOrAbove, overlaid, picture, word } from "./pixels.js";
import { scoresOf, shownScore } from "./scores.js";

/**
 * @typedef {import("./engine/port.js").Opened} Opened
 * @typedef {{name: string, title: string, facts: string}} Described  A network; the page's own has no name.
 * @typedef {{probability: Uint8Array, table: [number, number, number][] | null}} Found
 */

export class Networks {
  /**
   * @param {HTMLElement} root
   * @param {import("./page.js").Page} page
   * @param {Described[]} described
   * @param {(name: string) => void} choose
   * @param {() => void} drawn  Called whenever more is known.
   */
  constructor(root, { store, engine }, described, choose, drawn) {
    this.root = root;
    this.store = store;
    this.engine = engine;
    this.described = described;
    this.drawn = drawn;
    /** @type {Opened | null} */
    this.opened = null;
    /** @type {Record<string, Found>} */
    this.found = {};
    this.refused = false;
    root.hidden = described.length < 2;
    find(root, ".choice").replaceChildren(...described.map(({ name, title, facts }) => {
      const button = made("button", { type: "button", "data-network": name },
        made("canvas", { width: "320", height: "320" }), made("b", {}, title), made("span", { class: "dice-here" }),
        made("span", {}, facts));
      button.addEventListener("click", () => choose(name));
      return button;
    }));
    store.subscribe(["level"], () => this.draw());
  }

  /** @param {Opened} opened */
  async show(opened) {
    if (opened === this.opened && !this.refused) return;
    this.opened = opened;
    this.refused = false;
    this.found = { "": opened };
    if (this.root.hidden) return;
    say(find(this.root, ".notice"), "");
    this.draw();
    try {
      const others = await this.engine.compare(opened.source);
      if (opened !== this.opened) return;
      Object.assign(this.found, others);
      this.draw();
      this.drawn();
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      if (opened !== this.opened) return;
      say(find(this.root, ".notice"), error.message);
      this.refused = true; // to be asked for again
    }
  }

  /** @param {string} chosen */
  mark(chosen) {
    for (const { name } of this.described) this.button(name).setAttribute("aria-pressed", String(name === chosen));
  }

  draw() {
    if (!this.opened || this.root.hidden) return;
    for (const { name } of this.described) {
      const found = this.found[name];
      this.button(name).toggleAttribute("data-waiting", !found);
      if (found) this.drawOne(this.button(name), this.opened, found);
    }
  }

  /**
   * @param {HTMLElement} button
   * @param {Opened} opened
   * @param {Found} found
   */
  drawOne(button, opened, { probability, table }) {
    const { level } = this.store.state;
    const predicted = atOrAbove(probability, level);
    paint(find(button, "canvas", HTMLCanvasElement), opened, predicted, middle(opened));
    const area = predicted.reduce((sum, value) => sum + Number(value > 0), 0);
    find(button, ".dice-here").textContent = table
      ? `Dice ${shownScore(scoresOf(...table[level]).dice)} on this slice`
      : `${area.toLocaleString("en")} pixels found`;
  }

  /** @param {string} name */
  button(name) {
    return find(this.root, `[data-network="${CSS.escape(name)}"]`);
  }
}

/**
 * Paint a part of a slice with what is predicted, and the mask.
 * @param {HTMLCanvasElement} canvas
 * @param {Opened} opened
 * @param {Uint8Array} predicted
 * @param {{top: number, left: number, height: number, width: number}} field
 */
export function paint(canvas, { width, height, slice, mask }, predicted, field) {
  const colours = overlaid(slice, predicted, mask, width, height);
  const { image, words } = picture(width, height);
  for (let i = 0; i < words.length; i++) words[i] = word([colours[3 * i], colours[3 * i + 1], colours[3 * i + 2]]);
  Object.assign(canvas, { width: field.width, height: field.height });
  pen(canvas).putImageData(image, -field.left, -field.top);
}

/**
 * The middle of a slice, large enough for a body.
 * @param {Opened} opened
 */
function middle({ width, height }) {
  const [w, h] = [width, height].map((side) => Math.round(side * 0.7));
  return { top: Math.round((height - h) / 2), left: Math.round((width - w) / 2), height: h, width: w };
}
