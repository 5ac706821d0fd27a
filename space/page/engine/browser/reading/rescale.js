/* Stored values -> HU, or grey values, with NumPy's numbers: `_pixels` and `_padding` of space/readers/dicom.py. */

import { rounded, SCALES } from "../modality.js";
import { modalityTable } from "./lut.js";

/**
 * @typedef {import("./frames.js").Frame} Frame
 * @typedef {import("./pixels.js").Pixels} Pixels
 * @typedef {(value: number) => number} Translate  A stored value -> what is kept of it.
 */

/** What the values of the slice before became: those of a series mostly are alike. */
let last = { key: "", table: new Int16Array() };

/**
 * @param {Pixels} stored
 * @param {Frame} frame
 * @param {string} modality
 * @returns {Int16Array}
 */
export function translated(stored, frame, modality) {
  const translate = translation(stored, frame, modality);
  const out = new Int16Array(stored.length);
  if (stored.BYTES_PER_ELEMENT > 2) {
    for (let i = 0; i < out.length; i++) out[i] = translate(stored[i]);
    return out;
  }
  const table = tableOf(stored, frame, modality, translate);
  const mask = table.length - 1;
  for (let i = 0; i < out.length; i++) out[i] = table[stored[i] & mask];
  return out;
}

/**
 * What each value becomes that pixels of one or two bytes can have, the negative ones behind the others.
 * @param {Pixels} stored
 * @param {Frame} frame
 * @param {string} modality
 * @param {Translate} translate
 */
function tableOf(stored, { dataset, slope, intercept }, modality, translate) {
  const padding = ["PixelPaddingValue", "PixelPaddingRangeLimit"].map((keyword) => dataset.get(keyword));
  const key = JSON.stringify([stored.constructor.name, modality, slope, intercept, padding]);
  const isOwn = dataset.has("ModalityLUTSequence");
  if (!isOwn && key === last.key) return last.table;
  const every = stored.slice(0, 1);
  const table = new Int16Array(256 ** stored.BYTES_PER_ELEMENT);
  for (let i = 0; i < table.length; i++) {
    every[0] = i; // wraps to a negative number where such are stored
    table[i] = translate(every[0]);
  }
  if (!isOwn) last = { key, table };
  return table;
}

/** @type {(stored: Pixels, frame: Frame, modality: string) => Translate} */
function translation(stored, { dataset, slope, intercept }, modality) {
  const scale = SCALES[modality];
  const value = dataset.get("ModalityLUTSequence")?.length ? modalityTable(dataset) : rescaling(stored, slope, intercept);
  const isPadding = paddingIn(dataset, stored);
  return (one) => (isPadding(one) ? scale.background : rounded(value(one), scale));
}

/**
 * As NumPy multiplies by a float32: numbers of up to 16 bits in float32, larger ones in float64.
 * @param {Pixels} stored
 * @param {number} slope
 * @param {number} intercept
 * @returns {Translate}
 */
function rescaling(stored, slope, intercept) {
  const [factor, offset] = [Math.fround(slope), Math.fround(intercept)];
  if (stored.BYTES_PER_ELEMENT > 2) return (value) => value * factor + offset;
  return (value) => Math.fround(Math.fround(value * factor) + offset);
}

/**
 * Which stored values are no pixels (PS3.3, C.7.5.1.1.2).
 * @param {import("./dataset.js").Dataset} dataset
 * @param {Pixels} stored
 * @returns {(value: number) => boolean}
 */
function paddingIn(dataset, stored) {
  const value = dataset.get("PixelPaddingValue");
  if (value === null) return () => false;
  const isSigned = stored instanceof Int8Array || stored instanceof Int16Array || stored instanceof Int32Array;
  const [low, high] = [value, dataset.get("PixelPaddingRangeLimit") ?? value].map((end) => {
    if (typeof end !== "number") throw new Error("the padding is no number");
    return isSigned && end > 32767 ? end - 65536 : end; // some files write that of signed pixels as an unsigned number
  }).sort((one, other) => one - other);
  return (one) => one >= low && one <= high;
}
