/* The ways to show a prediction: what is computed once for a slice, and the colours of each mode. */

import { EXTRA, GREYS, PREDICTION, REFERENCE, lowestNeighbour, picture, word } from "./pixels.js";

// Heat: violet to pale yellow, lightness rising all the way (anchors of Matplotlib's inferno, as space/drawing.py).
const STOPS = [[0, 0, 4], [87, 16, 110], [188, 55, 84], [249, 142, 9], [252, 255, 164]];
const HEAT = Uint32Array.from({ length: 256 }, (_, level) => {
  const at = (level / 255) * (STOPS.length - 1);
  const i = Math.min(Math.floor(at), STOPS.length - 2);
  const mix = [0, 1, 2].map((c) => Math.round(STOPS[i][c] + (at - i) * (STOPS[i + 1][c] - STOPS[i][c])));
  return word(/** @type {import("./pixels.js").Colour} */ (mix), Math.min(255, level * 3));
});
const BLUE = word(PREDICTION);
const RED = word(REFERENCE);
const WHITE = word([255, 255, 255]);
const TINT = word(PREDICTION, 90);
const FOUND = word(PREDICTION, 190);
const TOO_MUCH = word(EXTRA, 190);
const MISSED = word(REFERENCE, 190);

/** @typedef {"fill" | "contour" | "error" | "heat"} Mode */

/** A slice as the viewer paints it. */
export class Look {
  /** @param {Pick<import("./engine/port.js").Opened, "width" | "height" | "slice" | "probability" | "mask">} slice */
  constructor({ width, height, slice, probability, mask }) {
    this.width = width;
    this.height = height;
    this.slice = slice;
    this.mask = mask;
    this.code = new Uint16Array(slice.length); // probability, + 256 inside the mask
    this.above = new Uint32Array(256); // pixels at or above each level
    for (let i = 0; i < slice.length; i++) {
      this.code[i] = probability[i] | (mask && mask[i] ? 256 : 0);
      this.above[probability[i]]++;
    }
    for (let level = 254; level >= 0; level--) this.above[level] += this.above[level + 1];
    this.low = lowestNeighbour(probability, width, height);
    this.paper = picture(width, height);
  }

  /**
   * The slice through a display window.
   * @param {CanvasRenderingContext2D} context
   * @param {import("./pixels.js").Window} window
   */
  paintSlice(context, { level, width }) {
    const table = Uint32Array.from({ length: 256 }, (_, grey) => GREYS[shownGrey((grey - level) / width)]);
    const { image, words } = this.paper;
    for (let i = 0; i < words.length; i++) words[i] = table[this.slice[i]];
    context.putImageData(image, 0, 0);
  }

  /**
   * The slice through a display window that goes beyond the model's.
   * @param {CanvasRenderingContext2D} context
   * @param {import("./pixels.js").Window} window
   * @param {Int16Array} values  The slice's HU.
   * @param {[number, number]} hu  The model's window.
   */
  paintValues(context, { level, width }, values, [low, high]) {
    const scale = 256 / (high - low);
    const { image, words } = this.paper;
    for (let i = 0; i < words.length; i++) words[i] = GREYS[shownGrey(((values[i] - low) * scale - level) / width)];
    context.putImageData(image, 0, 0);
  }

  /** @param {CanvasRenderingContext2D} context */
  paintMask(context) {
    const { image, words } = this.paper;
    words.fill(0);
    if (this.mask) {
      const low = lowestNeighbour(this.mask, this.width, this.height);
      for (let i = 0; i < words.length; i++) if (this.mask[i] && !low[i]) words[i] = RED;
    }
    context.putImageData(image, 0, 0);
  }

  /**
   * The prediction. One pass over the pixels: a colour for each of the 512 codes is the whole look of a mode.
   * @param {CanvasRenderingContext2D} context
   * @param {Mode} mode
   * @param {number} level
   */
  paintPrediction(context, mode, level) {
    const { code, low } = this;
    const { image, words } = this.paper;
    const table = coloursOf(mode, level);
    const lined = mode !== "error";
    const line = mode === "heat" ? WHITE : BLUE;
    for (let i = 0; i < words.length; i++) {
      words[i] = lined && low[i] < level && (code[i] & 255) >= level ? line : table[code[i]];
    }
    context.putImageData(image, 0, 0);
  }
}

/**
 * @param {number} place  In the display window: -0.5 at its lower end, 0.5 at its upper one.
 */
const shownGrey = (place) => Math.round(Math.min(255, Math.max(0, (place + 0.5) * 256)));

/**
 * @param {Mode} mode
 * @param {number} level
 */
function coloursOf(mode, level) {
  const table = new Uint32Array(512);
  for (let code = 0; code < 512; code++) {
    const [inside, truth] = [(code & 255) >= level, code > 255];
    if (mode === "fill") table[code] = inside ? TINT : 0;
    if (mode === "heat") table[code] = HEAT[code & 255];
    if (mode === "error") table[code] = inside ? (truth ? FOUND : TOO_MUCH) : truth ? MISSED : 0;
  }
  return table;
}
