/* A picture of a slice -> a case, a question, or a sentence that says why not: space/readers/image.py in JavaScript. */

import { Refused } from "../../port.js";
import { distinctUpTo, extremes, huToGrey, rint, short } from "../numbers.js";
import { toHalf } from "./half.js";
import { Question } from "./question.js";
import { coloursOf, complement, openRaster } from "./raster.js";
import {
  AUTO, bytesSwapped, checkRange, fitting, greyLevels, isHu, isMeasured, looksNegative, looksWide, toHu,
} from "./values.js";

const MIN_SIDE = 32;
const FEW_LEVELS = 16; // a label map has no more, a slice many
const LARGEST = 1e6;
const COLOURFUL = 32 / 255; // red, green and blue of a tinted grey differ by less

/**
 * @typedef {import("./values.js").Levels} Levels
 * @typedef {import("../answers.js").Facts} Facts
 */

/**
 * @param {File} file
 * @param {string} values  How to read the stored values.
 * @param {Facts} facts
 * @returns {Promise<import("../case.js").Case>}
 */
export async function readSlice(file, values, facts) {
  const { name } = file;
  const { window, readings } = facts;
  const { levels, colourful, notes } = await levelsOf(file, facts);
  let reading = values;
  if (values === AUTO) {
    const allowed = readingsOf(levels, colourful, name, facts);
    if (allowed.length > 1) throw whichValues(levels, name, allowed, facts);
    reading = allowed[0];
  } else if (colourful && values !== "colour") throw whichColour(name, colourful, facts);
  checkRange(levels, reading, name, readings);
  const hu = toHu(levels, reading, window);
  const [darkest, brightest] = extremes(huToGrey(hu, window));
  if (darkest === brightest) {
    throw new Refused(`${name} is a single shade of grey when it is read as '${reading}' (${readings[reading]}): `
      + "there is nothing to segment.");
  }
  return {
    name: stem(name), hu, count: 1, height: levels.height, width: levels.width,
    spacing: null, affine: null, layout: null,
    inHu: isMeasured(reading), reading, notes: [described(levels, reading, readings), ...notes],
  };
}

/** @param {string} name */
export const stem = (name) => (name.lastIndexOf(".") > 0 ? name.slice(0, name.lastIndexOf(".")) : name);

/** @type {(levels: Levels, reading: string, readings: Record<string, string>) => string} */
function described({ dtype }, reading, readings) {
  const bits = { uint8: "8-bit", uint16: "16-bit", int16: "Signed 16-bit", bool: "1-bit" }[dtype]
    ?? dtype[0].toUpperCase() + dtype.slice(1);
  return `${bits} values, read as ${readings[reading]}.`;
}

/**
 * The grey values as stored, the share of pixels with a colour, and notes.
 * @param {File} file
 * @param {Facts} facts
 */
async function levelsOf(file, facts) {
  const { name } = file;
  const raster = await openRaster(file);
  const { width, height, alpha } = raster;
  if (Math.min(width, height) < MIN_SIDE) {
    throw new Refused(
      `${name} is only ${width} x ${height} pixels: please give a slice of at least ${MIN_SIDE} x ${MIN_SIDE}.`);
  }
  const { colours, note } = asShown(raster, facts);
  const white = raster.palette ? 255 : raster.white;
  if (!colours.values.every(Number.isFinite)) {
    throw new Refused(`${name} holds values that are no numbers (NaN): please export it again.`);
  }
  for (const extreme of extremes(colours.values)) {
    if (Math.abs(extreme) > LARGEST) throw new Refused(`${name} holds the value ${short(extreme)}, which no image has.`);
  }
  const notes = [...raster.notes, ...note];
  let [grey, colourful] = [colours.values, 0];
  if (colours.channels === 3) {
    const found = toGrey(colours, white);
    [grey, colourful] = [found.grey, found.colourful];
    if (found.tinted && !colourful) notes.push("Its faint colours were turned to grey.");
  }
  if (alpha) {
    const found = withoutAlpha(grey, alpha, white, name);
    grey = found.grey;
    notes.push(...found.notes);
  }
  const distinct = distinctUpTo(grey, FEW_LEVELS); // of millions a set would take gigabytes
  if (distinct === 1) throw new Refused(`${name} is a single shade of grey: there is nothing to segment.`);
  if (distinct <= FEW_LEVELS) {
    throw new Refused(`${name} has only ${distinct} grey levels and looks like a mask: please give the slice `
      + "here, and the mask in its own field.");
  }
  return { levels: { values: grey, dtype: colours.dtype, width, height, white }, colourful, notes };
}

/**
 * The values as they are shown, a negative turned; but programs for CT ask for a negative and store HU as ever.
 * @param {import("./raster.js").Raster} raster
 * @param {Facts} facts
 * @returns {{colours: import("./raster.js").Shown, note: string[]}}
 */
function asShown(raster, { modality, readings }) {
  if (!raster.whiteIsZero) return { colours: coloursOf(raster), note: [] };
  const { values, dtype, width, height, white } = raster;
  if (dtype !== "bool" && values.every(Number.isFinite)) {
    const levels = { values, dtype, width, height, white: white === 1 ? null : white };
    const stored = fitting(levels, modality, readings);
    if (stored.length === 1 && isHu(stored[0])) {
      const note = "The file asks to be shown as a negative; its values were read as they are stored.";
      return { colours: { values, channels: 1, dtype }, note: [note] };
    }
  }
  return { colours: complement(raster), note: ["It is stored as a negative (white is 0) and was turned back."] };
}

/**
 * @param {import("./raster.js").Shown} shown
 * @param {number | null} white
 */
function toGrey({ values: colours, dtype }, white) {
  const full = white || extremes(colours.map(Math.abs))[1];
  const grey = /** @type {typeof colours} */ (colours.slice(0, colours.length / 3));
  const rounded = dtype === "float16" ? toHalf : dtype.startsWith("float") ? (/** @type {number} */ value) => value : rint;
  let [coloured, tinted] = [0, false];
  for (let i = 0; i < grey.length; i++) {
    const [r, g, b] = colours.subarray(3 * i, 3 * i + 3);
    const spread = Math.max(r, g, b) - Math.min(r, g, b);
    if (spread) tinted = true;
    if (spread > COLOURFUL * full) coloured++;
    grey[i] = rounded(r * 0.299 + g * 0.587 + b * 0.114); // ITU-R BT.601
  }
  if (tinted) return { grey, colourful: coloured / grey.length, tinted };
  for (let i = 0; i < grey.length; i++) grey[i] = colours[3 * i];
  return { grey, colourful: 0, tinted };
}

/**
 * The picture on black.
 * @param {import("./raster.js").Values} grey
 * @param {import("./raster.js").Values} alpha
 * @param {number | null} white
 * @param {string} name
 */
function withoutAlpha(grey, alpha, white, name) {
  const [least, most] = extremes(alpha);
  if (most === 0) return { grey, notes: ["It is transparent all over; its colours were read as if it were not."] };
  if (least === most) return { grey, notes: [] };
  const shown = (/** @type {number} */ _, /** @type {number} */ i) => alpha[i] !== 0;
  const [darkest, brightest] = extremes(/** @type {Uint8Array} */ (grey).filter(shown));
  if (darkest === brightest || distinctUpTo(alpha.filter((value) => value !== 0), 1) > 1) {
    throw new Refused(
      `${name} is half transparent, or its picture is in its transparency: please save it without transparency.`);
  }
  const black = white ? 0 : darkest;
  const onBlack = /** @type {Uint8Array} */ (grey).map((value, i) => (alpha[i] ? value : black));
  const same = onBlack.every((value, i) => value === grey[i]);
  return same ? { grey, notes: [] } : { grey: onBlack, notes: ["Its transparent parts were taken as black."] };
}

/** @type {(levels: Levels, colourful: number, name: string, facts: Facts) => string[]} */
function readingsOf(levels, colourful, name, facts) {
  const { modality, readings } = facts;
  if (colourful) throw whichColour(name, colourful, facts);
  const allowed = fitting(levels, modality, readings);
  if (allowed.length === 1 && isHu(allowed[0])) return allowed;
  if (modality === "CT" && bytesSwapped(levels, modality, readings)) {
    throw new Refused(`The two bytes of each value of ${name} are swapped: please export it again.`);
  }
  if (allowed.length === 1) checkPicture(levels, allowed[0], name, facts);
  return allowed;
}

/**
 * Ask about a picture that looks like a negative, or like CT in another window than for soft tissue.
 * @type {(levels: Levels, reading: string, name: string, facts: Facts) => void}
 */
function checkPicture(levels, reading, name, facts) {
  const grey = greyLevels(levels, reading);
  if (looksNegative(grey, levels)) {
    const text = `${name} is white all round, where a slice is black: is it a negative, or is white around the slice?`;
    throw asking(text, levels.white !== null ? [reading, "negative"] : [reading], facts);
  }
  if (facts.modality === "CT" && looksWide(grey, levels)) {
    throw asking(`${name} looks like CT in another window than the network knows: fat and soft tissue are hardly apart. `
      + "Better give HU, or a window for the abdomen; or should it be read as it is?", [reading], facts);
  }
}

/** @type {(levels: Levels, name: string, allowed: string[], facts: Facts) => Question} */
function whichValues({ values }, name, allowed, facts) {
  const [low, high] = extremes(values);
  return asking(`${name} holds values from ${short(low)} to ${short(high)}, and does not say what they stand for: `
    + "how should they be read?", allowed, facts);
}

/** @type {(name: string, colourful: number, facts: Facts) => Question} */
function whichColour(name, colourful, facts) {
  return asking(`${name} has colours in ${short(100 * colourful, 2)}% of its pixels, as a drawing on the slice or a colour `
    + "scale has. The network knows grey slices only: please give the slice without them, or let the colours be turned to "
    + "grey.", ["colour"], facts);
}

/** @type {(text: string, allowed: string[], facts: Facts) => Question} */
function asking(text, allowed, { readings }) {
  return new Question(text, "values", allowed.map((value) => ({ value, words: readings[value] })));
}
