/* The distinct values of a mask's picture, by number, colour or transparency: space/readers/classes.py in JavaScript. */

import { Refused } from "../../port.js";
import { distinctUpTo, extremes, short } from "../numbers.js";
import { coloursOf } from "./raster.js";

/**
 * @typedef {object} Classes  A mask's picture, sorted into its distinct values.
 * @property {Int32Array} numbers  Which of `values` a pixel has.
 * @property {number} width
 * @property {string[]} values  What each is called as an answer: '255', '#ff0000' or 'transparent'.
 * @property {string} black  Which of them is black, or what it would be called.
 * @property {ArrayLike<number> | null} grey  The values themselves where they are numbers.
 * @property {number[]} indices  The place in the palette of each, if there is one.
 * @property {string[]} notes
 */
/** @typedef {import("./raster.js").Raster} Raster */
/** @typedef {import("./raster.js").Shown} Shown */

export const TRANSPARENT = "transparent";
const MOST = 65536; // values that are worth a name
const IN_ALPHA = "The organ was found in the picture's transparency.";
const BY_INDEX = "The palette gives several numbers one colour; the numbers were read.";
/** @type {Record<string, [number, number, number]>} */
const NAMES = {
  black: [0, 0, 0], white: [255, 255, 255], grey: [128, 128, 128], red: [255, 0, 0], "dark red": [128, 0, 0],
  green: [0, 255, 0], "dark green": [0, 128, 0], blue: [0, 0, 255], "dark blue": [0, 0, 128], yellow: [255, 255, 0],
  olive: [128, 128, 0], cyan: [0, 255, 255], teal: [0, 128, 128], magenta: [255, 0, 255], purple: [128, 0, 128],
  orange: [255, 165, 0], pink: [255, 192, 203], brown: [165, 42, 42],
};

/**
 * Where one of the values is, 1 each; nowhere if the picture has none of it.
 * @param {Classes} classes
 * @param {string} value
 */
export function maskOf({ numbers, values }, value) {
  const place = values.indexOf(value);
  const mask = new Uint8Array(numbers.length);
  for (let i = 0; i < mask.length; i++) mask[i] = Number(numbers[i] === place);
  return mask;
}

/**
 * The value that a person's answer means: its name or its place in the palette.
 * @param {Classes} classes
 * @param {string} answer
 */
export function found({ values, indices }, answer) {
  const label = answer.trim().toLowerCase();
  if (values.includes(label)) return label;
  return values[indices.findIndex((index) => String(index) === label)] ?? null;
}

/**
 * What a value looks like and how much of the slice it takes.
 * @param {Classes} classes
 * @param {string} value
 */
export function inWords(classes, value) {
  const { values, indices } = classes;
  const mask = maskOf(classes, value);
  const percent = (100 * mask.reduce((sum, one) => sum + one, 0)) / mask.length;
  const parts = [value.startsWith("#") ? colourName(value) : value];
  if (indices.length && values.includes(value) && value !== TRANSPARENT) {
    parts.push(`number ${indices[values.indexOf(value)]} of the palette`);
  }
  return `${parts.join(", ")}: ${short(percent, 3)}% of the slice`;
}

/**
 * How many of the values fill an area somewhere; a blurred edge has values that never do.
 * @param {Classes} classes
 */
export function plateaus({ numbers, width }) {
  const seen = new Set();
  forInner(numbers, width, (i, around) => { if (around.every((at) => numbers[at] === numbers[i])) seen.add(numbers[i]); });
  return seen.size;
}

/**
 * Sort the pixels by what a person sees.
 * @param {Raster} raster
 * @param {string} name
 * @returns {Classes}
 */
export function classesOf(raster, name) {
  const colours = coloursOf(raster);
  const { alpha } = raster;
  if (!colours.values.every(Number.isFinite)) {
    throw new Refused(`The mask ${name} holds values that are no numbers (NaN): please export it again.`);
  }
  const [least, most] = alpha ? extremes(alpha) : [255, 255];
  return !alpha || (least === most && most > 0)
    ? byColour(colours, raster, null, name) : withAlpha(colours, raster, alpha, name);
}

/** @type {(colours: Shown, raster: Raster, alpha: import("./raster.js").Values, name: string) => Classes} */
function withAlpha(colours, raster, alpha, name) {
  const [least, most] = extremes(alpha);
  const codes = codesOf(colours.values, colours.channels);
  const seen = distinctUpTo(codes.filter((_, i) => alpha[i]), 1);
  if (seen === 1 || (!seen && distinctUpTo(codes, 1) === 1)) {
    return byNumber(alpha, raster.width, most ? [IN_ALPHA] : []);
  }
  if (least > 0 || !most || distinctUpTo(alpha, 2) > 2) {
    throw new Refused(
      `The mask ${name} is half transparent, or transparent all over: please save it without transparency.`);
  }
  return byColour(colours, raster, alpha, name);
}

/**
 * @param {Shown} colours
 * @param {Raster} raster
 * @param {ArrayLike<number> | null} alpha  0 where the picture is hidden; null if it is not.
 * @param {string} name
 * @returns {Classes}
 */
function byColour({ values, channels, dtype }, raster, alpha, name) {
  const { width, palette } = raster;
  if (palette && !alpha && colourTwice(raster.values, palette)) return byNumber(raster.values, width, [BY_INDEX]);
  const grey = channels === 1 || values.every((value, i) => value === values[i - (i % channels)]);
  if (grey && !alpha) {
    return withIndices(byNumber(channels === 1 ? values : values.filter((_, i) => i % channels === 0), width), raster);
  }
  if (dtype !== "uint8" && dtype !== "uint16") {
    throw new Refused(`The mask ${name} has colours of ${dtype}: please save it as PNG.`);
  }
  const { codes, digits } = packed(values, channels, dtype);
  const shown = codes.map((code, i) => (alpha && !alpha[i] ? -1 : code));
  const distinct = distinctOf(shown);
  const named = namesOf(distinct, (code) => (code < 0 ? TRANSPARENT : `#${code.toString(16).padStart(digits, "0")}`));
  const numbers = numbersOf(shown, distinct);
  const black = `#${"0".repeat(digits)}`;
  return withIndices({ numbers, width, values: named, black, grey: null, indices: [], notes: [] }, raster);
}

/**
 * Whether a palette gives two of the indices that are used the same colour.
 * @param {import("./raster.js").Values} indices
 * @param {Uint8Array} palette
 */
function colourTwice(indices, palette) {
  const used = [...new Set(indices)];
  return new Set(used.map((index) => palette.subarray(3 * index, 3 * index + 3).join())).size < used.length;
}

/**
 * Each pixel's colour as one number, and how many digits it takes.
 * @param {import("./raster.js").Values} values
 * @param {number} channels
 * @param {string} dtype
 */
function packed(values, channels, dtype) {
  if (dtype === "uint8") return { codes: codesOf(values, channels, 256), digits: 6 };
  const spread = values.every((value) => value % 257 === 0); // 8-bit colours
  if (spread) return { codes: codesOf(values.map((value) => value >> 8), channels, 256), digits: 6 };
  return { codes: codesOf(values, channels), digits: 12 };
}

/**
 * Each pixel's colour as one number; grey as three equal ones.
 * @param {ArrayLike<number>} values
 * @param {number} channels
 */
function codesOf(values, channels, base = 65536) {
  const codes = new Float64Array(values.length / channels);
  for (let i = 0; i < codes.length; i++) {
    const [r, g, b] = [0, 1, 2].map((c) => values[i * channels + (c % channels)]);
    codes[i] = (r * base + g) * base + b;
  }
  return codes;
}

/**
 * @param {Classes} classes
 * @param {Raster} raster
 * @returns {Classes}
 */
function withIndices(classes, raster) {
  if (!raster.palette) return classes;
  const indices = classes.values.map((_, place) => raster.values[classes.numbers.indexOf(place)]);
  return { ...classes, indices };
}

/**
 * @param {ArrayLike<number>} grey
 * @param {number} width
 * @param {string[]} [notes]
 * @returns {Classes}
 */
function byNumber(grey, width, notes = []) {
  const distinct = distinctOf(grey);
  let values = namesOf(distinct, (value) => short(value));
  const isTwice = distinct.length <= MOST && new Set(values).size < values.length;
  if (isTwice) values = namesOf(distinct, written); // floats that differ further behind the point
  return { numbers: numbersOf(grey, distinct), width, values, black: "0", grey, indices: [], notes };
}

/**
 * What values are called. A picture can have millions of them, which are no labels: then only their number counts.
 * @type {(distinct: Float64Array, name: (value: number) => string) => string[]}
 */
const namesOf = (distinct, name) => (distinct.length > MOST ? Array(distinct.length) : Array.from(distinct, name));

/**
 * Which of the distinct values each one is; nothing where there are too many for labels.
 * @param {ArrayLike<number>} values
 * @param {Float64Array} distinct
 */
function numbersOf(values, distinct) {
  if (distinct.length > MOST) return new Int32Array();
  /** @type {Map<number, number>} */
  const places = new Map(Array.from(distinct, (value, i) => [value, i]));
  const numbers = new Int32Array(values.length);
  let [before, number] = [NaN, -1];
  for (let i = 0; i < values.length; i++) {
    if (values[i] !== before) [before, number] = [values[i], places.get(values[i]) ?? -1]; // most are as the one before
    numbers[i] = number;
  }
  return numbers;
}

/** @param {number} value  A float as Python writes it whole. */
function written(value) {
  const text = Number.isInteger(value) && Math.abs(value) < 1e16 ? value.toFixed(1) : String(value);
  if (Math.abs(value) >= 1e-4 || !value) return text.replace(/e\+?(-?)(\d)$/, "e$10$2");
  const [mantissa, power] = value.toExponential().split("e-");
  return `${mantissa}e-${power.padStart(2, "0")}`;
}

/**
 * In their order. Of millions a set would take gigabytes.
 * @param {ArrayLike<number>} values
 */
function distinctOf(values) {
  const sorted = Float64Array.from(values).sort();
  let count = 0;
  for (let i = 0; i < sorted.length; i++) if (i === 0 || sorted[i] !== sorted[count - 1]) sorted[count++] = sorted[i] + 0;
  return sorted.slice(0, count);
}

/** @param {string} code  As '#ff0000'. */
export function colourName(code) {
  const width = (code.length - 1) / 3;
  const rgb = [0, 1, 2].map((i) => parseInt(code.slice(1 + width * i, 3 + width * i), 16));
  /** @param {string} name */
  const far = (name) => NAMES[name].reduce((sum, value, i) => sum + (value - rgb[i]) ** 2, 0);
  return `${Object.keys(NAMES).reduce((best, name) => (far(name) < far(best) ? name : best))} (${code})`;
}

/**
 * Cut a mask of two values whose edges are blurred; null if it is not surely one. space/readers/classes.py says when.
 * @param {Classes} classes
 * @returns {Classes | null}
 */
export function withoutBlur({ grey, values, width, notes }) {
  if (!grey || values.length < 6) return null;
  const [least, most] = extremes(grey);
  if (least < 0 || (most > 1 && most < 64)) return null;
  const level = Float64Array.from(grey, (value) => value * (255 / most));
  if (!isClean(level, width)) return null;
  const numbers = Int32Array.from(level, (value) => Number(value >= 127.5));
  return { numbers, width, values: ["0", "255"], black: "0", grey: null, indices: [], notes };
}

/**
 * Whether levels from 0 to 255 are black and white, with nothing but edges between them.
 * @param {Float64Array} level
 * @param {number} width
 */
function isClean(level, width) {
  /** @param {(value: number) => boolean} holds */
  const where = (holds) => {
    const found = new Uint8Array(level.length); // a loop is ten times as fast as `from`
    for (let i = 0; i < found.length; i++) found[i] = Number(holds(level[i]));
    return found;
  };
  /** @type {(mask: Uint8Array, distance: number) => Uint8Array} */
  const near = (mask, distance) => nearby(mask, width, distance);
  const [low, high] = [where((value) => value < 64), where((value) => value >= 192)];
  const between = low.map((value, i) => Number(!value && !high[i]));
  const [besideLow, besideHigh] = [near(low, 1), near(high, 1)];
  const edge = near(between.map((value, i) => value | (low[i] & besideHigh[i]) | (high[i] & besideLow[i])), 8);
  const [toLow, toHigh] = [near(low, 2), near(high, 2)];
  const [toBlack, toWhite] = [near(where((value) => value <= 16), 2), near(where((value) => value >= 240), 2)];
  let filled = false;
  forInner(between, width, (_, around) => { filled ||= around.every((at) => between[at]); });
  /** @param {number} i */
  const isOdd = (i) => {
    if (between[i]) return !(toLow[i] && toHigh[i]);
    if (low[i]) return !toBlack[i] || (!edge[i] && level[i] > 1);
    return !toWhite[i] || (!edge[i] && level[i] < 250);
  };
  return !filled && !level.some((_, i) => isOdd(i));
}

/**
 * The pixels within a square of that many pixels around any of the mask's.
 * @param {Uint8Array} mask
 * @param {number} width
 * @param {number} distance
 */
function nearby(mask, width, distance) {
  const height = mask.length / width;
  const along = new Uint8Array(mask.length);
  const out = new Uint8Array(mask.length);
  /** @type {(from: Uint8Array, to: Uint8Array, first: number, step: number, count: number) => void} */
  const spread = (from, to, first, step, count) => {
    let until = -1;
    for (let i = -distance; i < count; i++) {
      if (i + distance < count && from[first + (i + distance) * step]) until = i + 2 * distance;
      if (i >= 0 && i <= until) to[first + i * step] = 1;
    }
  };
  for (let x = 0; x < width; x++) spread(mask, along, x, width, height);
  for (let y = 0; y < height; y++) spread(along, out, y * width, 1, width);
  return out;
}

/**
 * Call with each pixel that is not at the edge, and with the nine of its neighbourhood.
 * @param {ArrayLike<number>} values
 * @param {number} width
 * @param {(i: number, around: number[]) => void} call
 */
function forInner(values, width, call) {
  for (let y = 1; y < values.length / width - 1; y++) {
    for (let x = 1; x < width - 1; x++) {
      const i = y * width + x;
      call(i, [i, i - 1, i + 1, i - width, i + width, i - width - 1, i - width + 1, i + width - 1, i + width + 1]);
    }
  }
}
