/* What an image was taken with, and how its values are kept: space/modality.py in JavaScript. */

import { rint } from "./numbers.js";

/**
 * @typedef {object} Scale
 * @property {number} lowest  The least value that is kept; what lies below it is none.
 * @property {number} background  What is put where there is no value.
 * @property {string} image  An image of this modality, with its article.
 * @property {string[]} classes  The SOP classes of its DICOM images (PS3.4, B.5): classic, enhanced, converted.
 */
/** @type {(numbers: string[]) => string[]} */
const stored = (numbers) => numbers.map((number) => `1.2.840.10008.5.1.4.1.1.${number}`);
/** @type {Record<string, Scale>} */
export const SCALES = {
  CT: {
    lowest: -1024, background: -1024, image: "a CT image", classes: stored(["2", "2.1", "2.2"]),
  },
  MR: {
    lowest: -32768, background: 0, image: "an MR image", classes: stored(["4", "4.1", "4.4"]),
  },
};

/**
 * A value as it is kept, a whole number of 16 bits; what is no number, or lies below the lowest one, becomes background.
 * @param {number} value
 * @param {Scale} scale
 */
export function rounded(value, { lowest, background }) {
  if (Number.isNaN(value)) return background;
  return rint(Math.min(32767, Math.max(lowest, Math.fround(value))));
}
