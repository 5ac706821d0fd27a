/* A picture file -> its stored values, or a sentence: what space/readers/raster.py is in Python. */

import { Refused } from "../../port.js";
import { readPng } from "./png.js";

export const MAX_PIXELS = 4096 * 4096;
const MAX_BYTES = 512 * 2 ** 20;

/**
 * @typedef {Uint8Array | Uint16Array | Int16Array | Float32Array} Values
 * @typedef {object} Raster  A picture as it is stored, upright.
 * @property {Values} values  Pixel by pixel, [height, width, channels]; one channel is grey, or an index into the palette.
 * @property {string} dtype  What NumPy calls their type.
 * @property {number} channels
 * @property {number} width
 * @property {number} height
 * @property {number | null} white  The value that the file's type shows as white, if it says it.
 * @property {Uint8Array | Uint16Array | null} alpha  0 is transparent.
 * @property {Uint8Array | null} palette  Red, green and blue of each index.
 * @property {string[]} notes
 */

/** A picture of a kind that cannot be read; the text goes on after the file's name. */
export class Unfit extends Error {}

/** A picture that says of itself that it has more than MAX_PIXELS. */
export class TooLarge extends Error {}

/**
 * @param {File} file  A PNG file.
 * @returns {Promise<Raster>}
 */
export async function openRaster(file) {
  const { name } = file;
  try {
    if (file.size > MAX_BYTES) throw new TooLarge();
    return await readPng(new Uint8Array(await file.arrayBuffer()));
  } catch (error) {
    if (error instanceof TooLarge) {
      throw new Refused(`${name} is too large: a slice has at most 4096 x 4096 pixels, please give a smaller image.`);
    }
    if (error instanceof Unfit) throw new Refused(`${name} ${error.message}.`);
    throw new Refused(`${name} is damaged and cannot be read (${/** @type {Error} */ (error).message}).`);
  }
}

/**
 * The values as they are shown, with the palette looked up.
 * @param {Raster} raster
 * @returns {{values: Values, channels: number, dtype: string}}
 */
export function coloursOf({ values, channels, dtype, palette }) {
  if (!palette) return { values, channels, dtype };
  const colours = new Uint8Array(3 * values.length);
  for (let i = 0; i < values.length; i++) colours.set(palette.subarray(3 * values[i], 3 * values[i] + 3), 3 * i);
  return { values: colours, channels: 3, dtype: "uint8" };
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
