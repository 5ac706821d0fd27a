/* A part of a slice with outlines on it. */

import { made, pen } from "../dom.js";
import { EXTRA, GREYS, PREDICTION, REFERENCE, lowestNeighbour, picture, word } from "../pixels.js";
import { counted, countPixels } from "../scores.js";

/**
 * @typedef {import("../engine/port.js").Opened} Opened
 * @typedef {{left: number, top: number, side: number}} Field  A square part of a slice.
 * @typedef {"unet" | "mask" | "you"} Who
 * @typedef {Partial<Record<Who, Uint8Array | null>>} Masks
 */

/** @type {[Who, import("../pixels.js").Colour, string, string][]} */
const WHO = [
  ["unet", PREDICTION, "predicted", "the U-Net"],
  ["mask", REFERENCE, "traced", "the mask"],
  ["you", EXTRA, "yours", "you"],
];
const MARGIN = 24;
const SMALLEST = 128;

export class Picture {
  /**
   * @param {HTMLElement} scene  It is emptied.
   * @param {Opened} opened
   * @param {Field} field
   */
  constructor(scene, opened, field) {
    this.opened = opened;
    this.field = field;
    this.canvas = made("canvas", { class: "shown", role: "img" });
    this.legend = made("p", { class: "legend" });
    scene.replaceChildren(this.canvas, this.legend);
  }

  /** @param {Masks} masks */
  paint(masks) {
    const { width, height, slice, name } = this.opened;
    const { left, top, side } = this.field;
    const { image, words } = picture(width, height);
    for (let i = 0; i < words.length; i++) words[i] = GREYS[slice[i]];
    const drawn = WHO.filter(([who]) => masks[who]);
    for (const [who, colour] of drawn) {
      const mask = /** @type {Uint8Array} */ (masks[who]);
      const low = lowestNeighbour(mask, width, height);
      for (let i = 0; i < words.length; i++) if (mask[i] && !low[i]) words[i] = word(colour);
    }
    Object.assign(this.canvas, { width: side, height: side });
    pen(this.canvas).putImageData(image, -left, -top);
    this.canvas.setAttribute("aria-label", `A part of ${name}. ${inWords(drawn.map(([who, , , says]) => (
      [says, /** @type {Uint8Array} */ (masks[who])])))}`);
    this.legend.replaceChildren(...drawn.flatMap(([, , key, says]) => [made("span", { class: `key ${key} hollow` }), says]));
  }
}

/**
 * What a person who does not see them can know of outlines: how many pixels they hold, and how many they share.
 * @param {[string, Uint8Array][]} outlines
 */
function inWords(outlines) {
  if (!outlines.length) return "Nothing is drawn on it.";
  const holds = outlines.map(([says, mask]) => `${says} ${counted(mask).toLocaleString("en")}`).join(", ");
  const shared = outlines.slice(1).flatMap(([says, mask], i) => outlines.slice(0, i + 1).map(([other, others]) => (
    `${other} and ${says} share ${countPixels(others, mask).tp.toLocaleString("en")}`)));
  return `Pixels: ${holds}${shared.length ? `; ${shared.join(", ")}` : ""}.`;
}

/**
 * The square around some masks, with room about it.
 * @param {Opened} opened
 * @param {(Uint8Array | null)[]} masks
 * @returns {Field}
 */
export function fieldAround({ width, height }, masks) {
  let [left, right, top, bottom] = [width, 0, height, 0];
  for (const mask of masks) {
    for (let i = 0; mask && i < mask.length; i++) {
      if (!mask[i]) continue;
      const [x, y] = [i % width, Math.floor(i / width)];
      [left, right, top, bottom] = [Math.min(left, x), Math.max(right, x), Math.min(top, y), Math.max(bottom, y)];
    }
  }
  if (left > right) [left, right, top, bottom] = [0, width, 0, height]; // none of them marks anything
  const side = Math.min(width, height, Math.max(SMALLEST, right - left + 2 * MARGIN, bottom - top + 2 * MARGIN));
  /** @type {(low: number, high: number, size: number) => number} */
  const start = (low, high, size) => Math.round(Math.min(size - side, Math.max(0, (low + high - side) / 2)));
  return { left: start(left, right, width), top: start(top, bottom, height), side };
}
