/* A picture file -> its stored values, or a sentence: what space/readers/raster.py is in Python. */

import { Refused } from "../../port.js";
import { extremes } from "../numbers.js";
import { isTooMuch } from "./guard.js";
import { toHalf } from "./half.js";
import { readJpeg } from "./jpeg.js";
import { readPng } from "./png.js";
import { readTiff } from "./tiff.js";

export const MAX_PIXELS = 4096 * 4096;
const MAX_BYTES = 512 * 2 ** 20;
/** What the app reads and this page does not: goes on after what the file is. */
export const ELSEWHERE = "which only the app that this page was made from reads (python app.py)";

/**
 * @typedef {Uint8Array | Uint16Array | Uint32Array | Int16Array | Int32Array | Float32Array | Float64Array} Values
 *   Whole numbers of 64 bits are in a Float64Array, and floats of 16 in a Float32Array.
 * @typedef {object} Raster  A picture as it is stored, upright.
 * @property {Values} values  Pixel by pixel, [height, width, channels]; one channel is grey, or an index into the palette.
 * @property {string} dtype  What NumPy calls their type.
 * @property {number} channels
 * @property {number} width
 * @property {number} height
 * @property {number | null} white  The value that the file's type shows as white, if it says it.
 * @property {Values | null} alpha  0 is transparent.
 * @property {Uint8Array | null} palette  Red, green and blue of each index.
 * @property {boolean} whiteIsZero  The file asks to be shown as its own negative.
 * @property {string[]} notes
 */

/** @typedef {{values: Values, channels: number, dtype: string}} Shown */

/** A picture of a kind that cannot be read; the text goes on after the file's name. */
export class Unfit extends Error {}

/** A picture that is damaged; the text says how, in words of our own. */
export class Damaged extends Error {}

/** A picture that says of itself that it has more than MAX_PIXELS. */
export class TooLarge extends Error {}

/**
 * Refuse what a file declares, before anything is decoded.
 * @param {number} width
 * @param {number} height
 */
export function checkSize(width, height) {
  if (width * height > MAX_PIXELS) throw new TooLarge();
  if (!width || !height) throw new Unfit("has no pixels");
}

/**
 * @param {File} file  A PNG, JPEG or TIFF file.
 * @returns {Promise<Raster>}
 */
export async function openRaster(file) {
  const { name } = file;
  try {
    if (file.size > MAX_BYTES) throw new TooLarge();
    const bytes = new Uint8Array(await file.arrayBuffer());
    return await (bytes[0] === 0x89 ? readPng : bytes[0] === 0xff ? readJpeg : readTiff)(bytes);
  } catch (error) {
    if (error instanceof TooLarge) {
      throw new Refused(`${name} is too large: a slice has at most 4096 x 4096 pixels, please give a smaller image.`);
    }
    if (error instanceof Refused) throw error; // a part of the page could not be loaded
    if (error instanceof Unfit) throw new Refused(`${name} ${error.message}.`);
    if (isTooMuch(error)) {
      throw new Refused(`${name} needs more memory than there is for it: please give a smaller image.`);
    }
    const how = error instanceof Damaged ? ` (${error.message})` : ""; // of a decoder's own words a person learns nothing
    throw new Refused(`${name} is damaged and cannot be read${how}: please export it again.`);
  }
}

/**
 * The values as they are shown: the palette looked up, a negative turned.
 * @param {Raster} raster
 * @returns {Shown}
 */
export function coloursOf(raster) {
  const { values, channels, dtype, palette } = raster;
  if (!palette) return raster.whiteIsZero ? complement(raster) : { values, channels, dtype };
  const colours = new Uint8Array(3 * values.length);
  for (let i = 0; i < values.length; i++) colours.set(palette.subarray(3 * values[i], 3 * values[i] + 3), 3 * i);
  return { values: colours, channels: 3, dtype: "uint8" };
}

/**
 * The negative: what is stored as 0 becomes white.
 * @param {Raster} raster
 * @returns {Shown}
 */
export function complement({ values, channels, dtype, white }) {
  const high = extremes(values)[1];
  if (dtype.startsWith("float")) {
    const full = high <= 1 ? 1 : high <= 255 ? 255 : high;
    const rounded = dtype === "float16" ? toHalf : (/** @type {number} */ value) => value;
    return { values: values.map((value) => rounded(full - value)), channels, dtype };
  }
  if (white === null) return { values: Float64Array.from(values, (value) => high - value), channels, dtype: "int64" };
  return { values: values.map((value) => white - value), channels, dtype };
}

/**
 * Turn a picture as its orientation tag (1 to 8) asks; other values mean nothing.
 * @param {Raster} raster
 * @param {number} orientation
 * @returns {Raster}
 */
export function turnedUpright(raster, orientation) {
  if (orientation < 2 || orientation > 8) return raster;
  const { width, height, channels, values, alpha } = raster;
  const swapped = orientation >= 5;
  const [across, down] = swapped ? [height, width] : [width, height];
  /** @type {<T extends Values>(from: T, depth: number) => T} */
  const turn = (from, depth) => {
    const out = from.slice();
    for (let y = 0; y < down; y++) {
      for (let x = 0; x < across; x++) {
        const column = [2, 3, 6, 7].includes(orientation) ? across - 1 - x : x;
        const row = [3, 4, 7, 8].includes(orientation) ? down - 1 - y : y;
        const at = swapped ? column * width + row : row * width + column;
        for (let c = 0; c < depth; c++) out[(y * across + x) * depth + c] = from[at * depth + c];
      }
    }
    return /** @type {typeof from} */ (out);
  };
  const notes = [...raster.notes, "It was turned upright, as its orientation tag asks."];
  return { ...raster, width: across, height: down, values: turn(values, channels), alpha: alpha && turn(alpha, 1), notes };
}
