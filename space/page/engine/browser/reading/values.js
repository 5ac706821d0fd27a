/* What stored values stand for, and which readings a slice's values allow: space/readers/values.py in JavaScript. */

import { Refused } from "../../port.js";
import { extremes, greyToHu, percentile, rint, share, short } from "../numbers.js";

/**
 * @typedef {object} Levels  The stored grey values of a slice.
 * @property {import("./raster.js").Values} values
 * @property {string} dtype
 * @property {number} width
 * @property {number} height
 * @property {number | null} white
 */
/** @typedef {Record<string, string>} Readings  Those that the modality can have, in words. */

export const AUTO = "auto";
const WRAPPED = 65536 - 4096; // unsigned values from here up are negative ones that were wrapped round
const SLACK = 0.05; // interpolation overshoots by as much

const { fround } = Math; // NumPy computes them in 32 bits

/** @type {(offset: number) => (value: number, levels: Levels) => number} */
const offset = (by) => (value, { dtype }) => (
  fround(fround(value) - by) - (dtype === "uint16" && by < 32768 && value >= WRAPPED ? 65536 : 0));

/** @type {Record<string, (value: number, levels: Levels) => number>} */
const HU_READINGS = {
  hu: fround,
  ...Object.fromEntries([1000, 1024, 2048, 8192, 32768].map((by) => [`hu+${by}`, offset(by)])),
  "hu-wrapped": offset(0),
  "hu/1000": (value) => fround(fround(value) * 1000),
  "whole-ct": (value, { white }) => fround(fround(fround(value) * fround(4095 / (white || 1))) - 1024),
};

/** @param {string} reading */
export const isHu = (reading) => reading in HU_READINGS;

/** @param {string} reading  After which values are known beyond the window that the network sees. */
export const isMeasured = (reading) => isHu(reading) || reading === "stored";

/**
 * The stored values that a picture's reading shows as black and as white.
 * @param {Levels} levels
 * @param {string} reading
 * @returns {[number, number]}
 */
function blackAndWhite({ values, white }, reading) {
  if (reading === "stretched") return extremes(values);
  if (reading === "grey-255" || reading === "grey-4095") return [0, Number(reading.slice(5))];
  if (reading === "symmetric") return [-1, 1];
  return reading === "negative" ? [white ?? 0, 0] : [0, white ?? 0];
}

/**
 * @param {Levels} levels
 * @param {string} reading
 */
export function greyLevels(levels, reading) {
  const { values, white } = levels;
  if (white === 255 && (reading === "grey" || reading === "colour")) return Uint8Array.from(values);
  const [black, full] = blackAndWhite(levels, reading);
  return Uint8Array.from(values, (value) => rint(Math.min(1, Math.max(0, (value - black) / (full - black))) * 255));
}

/**
 * @param {Levels} levels
 * @param {string} reading
 * @param {import("../numbers.js").Window} window
 */
export function toHu(levels, reading, window) {
  if (!isMeasured(reading)) return greyToHu(greyLevels(levels, reading), window);
  const read = HU_READINGS[reading === "stored" ? "hu" : reading];
  return Int16Array.from(levels.values, (value) => Math.min(32767, Math.max(-32768, rint(read(value, levels)))));
}

/**
 * Refuse a reading that these values cannot have.
 * @param {Levels} levels
 * @param {string} reading
 * @param {string} name
 * @param {Readings} readings
 */
export function checkRange(levels, reading, name, readings) {
  if (!(reading in readings) || reading === AUTO) {
    const known = Object.keys(readings).join(", ");
    throw new Refused(`There is no way to read values that is called '${reading}': choose one of ${known}.`);
  }
  const [low, high] = extremes(levels.values);
  if (["grey", "negative", "colour", "whole-ct"].includes(reading) && levels.white === null) {
    throw new Refused(
      `${name} cannot be read as '${reading}': its type (${levels.dtype}) does not say which value is white.`);
  }
  if (isMeasured(reading) && reading !== "whole-ct") return;
  const [black, white] = blackAndWhite(levels, reading === "whole-ct" ? "grey" : reading).sort((a, b) => a - b);
  const slack = SLACK * (white - black);
  if (low < black - slack || high > white + slack) {
    throw new Refused(`${name} cannot be read as '${reading}' (${readings[reading]}): `
      + `its values run from ${short(low)} to ${short(high)}.`);
  }
}

/**
 * The readings that the values allow, likeliest first. One alone is safe to take; of several, ask.
 * @param {Levels} levels
 * @param {string} modality
 * @param {Readings} readings
 * @returns {string[]}
 */
export function fitting(levels, modality, readings) {
  const { values, white } = levels;
  const [low, high] = extremes(values);
  const some = thinned(levels);
  const hu = modality === "CT" ? possibleHu(levels, low, high) : [];
  const ct = hu.filter((reading) => looksLikeCt(some, Float32Array.from(some.values, (v) => HU_READINGS[reading](v, some))));
  const pictures = picturesOf(levels, low, high);
  if (modality !== "CT" && white !== 255) { // whatever they span, they may be what the scanner stored
    const known = possible(levels, low, high).filter((reading) => reading in readings);
    return [...new Set([...pictures, ...known])];
  }
  if (ct.length || pictures.length) {
    // a picture of 12 bits is as likely to be CT without an offset that looks right
    return ct.length && white !== 255 ? [...ct, ...pictures] : [...pictures, ...ct];
  }
  return possible(levels, low, high).filter((reading) => reading !== "stored");
}

/** @type {(levels: Levels, low: number, high: number) => string[]} */
function picturesOf({ values, dtype, white }, low, high) {
  if (white === 255) return ["grey"];
  if (dtype.startsWith("float") && high >= 0.5 && high <= 1 + SLACK) return shares(low, high);
  if (low >= 0 && high > 127 && high <= 255) return ["grey-255"];
  const spread = white && white > 1 && high >= 0.9 * white
    && share(values, (value) => value > 0.1 * white && value < 0.9 * white) > 0.01;
  return spread ? ["grey"] : [];
}

/** @type {(low: number, high: number) => string[]} */
function shares(low, high) {
  if (low >= -SLACK) return ["grey"];
  return low >= -1 - SLACK && low <= -0.9 && high >= 0.9 ? ["symmetric"] : [];
}

// taken without asking if the picture looks like CT then
/** @type {(levels: Levels, low: number, high: number) => string[]} */
function possibleHu({ values, dtype, white }, low, high) {
  const found = low < 0 && high - low > 256 ? ["hu"] : []; // grey levels around 0 span no more
  if (high > 255) found.push("hu+1024", "hu+2048", "hu+8192", "hu+32768");
  if (dtype === "uint16" && share(values, (value) => value >= WRAPPED) > SLACK) found.push("hu-wrapped");
  if (dtype.startsWith("float") && low < -0.2 && high < 33) found.push("hu/1000");
  if (white && white !== 4095 && low >= -SLACK * white) found.push("whole-ct");
  return found;
}

/** @type {(levels: Levels, low: number, high: number) => string[]}  What the range alone does not rule out. */
function possible({ white }, low, high) {
  const found = ["stretched"];
  if (high - low > 64) found.push("stored", "hu", "hu+1024", "hu+1000");
  else if (low < 0) found.push("hu/1000");
  if (low >= -SLACK && high <= 255 * (1 + SLACK)) found.push("grey-255");
  if (low >= 0 && high > 255 && high <= 4095) found.push("grey-4095");
  if (white && white !== 4095 && low >= 0 && high <= white) found.push("grey");
  return found;
}

/**
 * Enough of the pixels to know.
 * @param {Levels} levels
 * @returns {Levels}
 */
function thinned(levels) {
  const { values, width, height } = levels;
  const step = Math.max(1, Math.floor(Math.min(width, height) / 200));
  const [across, down] = [Math.ceil(width / step), Math.ceil(height / step)];
  const some = /** @type {typeof values} */ (values.slice(0, across * down));
  for (let y = 0; y < down; y++) {
    for (let x = 0; x < across; x++) some[y * across + x] = values[y * step * width + x * step];
  }
  return { ...levels, values: some, width: across, height: down };
}

/**
 * Whether values would be those of a body in HU: nearly all of it is fat or soft tissue.
 * @param {{width: number, height: number}} form
 * @param {Float32Array} hu
 */
export function looksLikeCt(form, hu) {
  const lowest = fround(Math.max(extremes(hu)[0] + 100, -700));
  const bodyShare = share(hu, (value) => value > lowest);
  if (bodyShare < 0.01 || share(hu, (value) => value > 3100) > 0.02) return false; // 12 bits end at 3071
  const bright = fround(fround(percentile(Float32Array.from(edgeOf(hu, form)).sort(), 50)) + 50);
  if (share(hu, (value) => value > bright) < 0.01) return false; // air all round is dark
  return share(hu, (value) => value > lowest && value > -200 && value < 300) >= 0.7 * bodyShare;
}

/**
 * Whether a picture is white all round: air is black, and a negative is not.
 * @param {Uint8Array} grey
 * @param {Levels} form
 */
export function looksNegative(grey, form) {
  /** @param {number} level */
  const white = (level) => level >= 230;
  return share(edgeOf(grey, form), white) > 0.6 && share(grey, white) > 0.25;
}

/**
 * Whether a picture seems to show CT in a window far wider or lower than for soft tissue.
 * @param {Uint8Array} grey
 * @param {Levels} form
 */
export function looksWide(grey, form) {
  const { values } = thinned({ ...form, values: grey });
  const [low, high] = extremes(values);
  const height = high - low;
  const body = Float64Array.from(values).filter((value) => value > Math.fround(low + 0.1 * height)).sort();
  if (body.length < 0.01 * values.length) return false;
  const [tenth, middle, most] = [10, 50, 90].map((percent) => percentile(body, percent));
  return most - tenth < 0.22 * height || middle - low > 0.75 * height;
}

/**
 * Whether 16-bit values would be CT if the two bytes of each were swapped.
 * @param {Levels} levels
 * @param {string} modality
 * @param {Readings} readings
 */
export function bytesSwapped(levels, modality, readings) {
  const { values } = levels;
  if (!(values instanceof Uint16Array || values instanceof Int16Array)) return false;
  const swapped = values.map((value) => ((value & 255) << 8) | ((value >> 8) & 255));
  const allowed = fitting({ ...levels, values: swapped }, modality, readings);
  return allowed.length === 1 && isHu(allowed[0]);
}

/**
 * @param {ArrayLike<number>} values
 * @param {{width: number, height: number}} form
 */
function edgeOf(values, { width, height }) {
  const edge = [];
  for (let x = 0; x < width; x++) edge.push(values[x], values[(height - 1) * width + x]);
  for (let y = 0; y < height; y++) edge.push(values[y * width], values[(y + 1) * width - 1]);
  return edge;
}
