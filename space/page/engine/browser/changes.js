/* The ways in which a slice can differ from those of training: space/changes.py in JavaScript, grey level by grey level. */

import { huToGrey, rint } from "./numbers.js";
import { normals } from "./noise.js";
import { enlarged, shrunk } from "./resize.js";

/**
 * @typedef {object} Marked  A slice and its mask, row by row.
 * @property {Uint8Array} pixels
 * @property {Uint8Array} mask  1 where the organ is.
 * @property {number} width
 * @property {number} height
 */
/** @typedef {import("./numbers.js").Window} Window */

const { fround } = Math;

/**
 * In another window; what the trained window cut off stays lost.
 * @param {Marked} slice
 * @param {Window} trained
 * @param {number} level
 * @param {number} width
 * @returns {Marked}
 */
function withWindow(slice, [low, high], level, width) {
  const factor = fround((high - low) / 255);
  const hu = Float32Array.from(slice.pixels, (grey) => fround(fround(grey * factor) + fround(low)));
  return { ...slice, pixels: huToGrey(hu, [level - width / 2, level + width / 2]) };
}

/** @type {(slice: Marked, strength: number) => Marked}  With Gaussian noise; the same for a slice each time. */
function withNoise(slice, strength) {
  const noise = normals(slice.pixels.length);
  const pixels = slice.pixels.map((grey, i) => rint(Math.min(255, Math.max(0, grey + strength * noise[i]))));
  return { ...slice, pixels };
}

/** @type {(slice: Marked, sigma: number) => Marked}  Blurred with a Gaussian, as OpenCV does it in whole numbers. */
function blurred(slice, sigma) {
  const { pixels, width, height } = slice;
  const weights = gaussian(sigma);
  const reach = (weights.length - 1) / 2;
  const rows = new Uint32Array(pixels.length);
  const out = new Uint8Array(pixels.length);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      let sum = 0;
      for (let k = -reach; k <= reach; k++) sum += weights[k + reach] * pixels[y * width + mirrored(x + k, width)];
      rows[y * width + x] = sum;
    }
  }
  for (let y = 0; y < height; y++) {
    const lines = weights.map((_, k) => mirrored(y + k - reach, height) * width);
    for (let x = 0; x < width; x++) {
      let sum = 1 << 15;
      for (let k = 0; k < lines.length; k++) sum += weights[k] * rows[lines[k] + x];
      out[y * width + x] = sum >> 16;
    }
  }
  return { ...slice, pixels: out };
}

/**
 * Weights in 256ths, whose sum is 256: what rounding leaves goes on to the next.
 * @param {number} sigma
 */
function gaussian(sigma) {
  const reach = rint(6 * sigma + 1) >> 1;
  const curve = Array.from({ length: 2 * reach + 1 }, (_, i) => Math.exp(-((i - reach) ** 2) / (2 * sigma * sigma)));
  const all = curve.reduce((sum, one) => sum + one, 0);
  const weights = curve.map(() => 256);
  let rest = 0;
  for (let i = 0; i < reach; i++) {
    const wanted = (256 * curve[i]) / all + rest;
    weights[i] = rint(wanted);
    weights[2 * reach - i] = weights[i];
    weights[reach] -= 2 * weights[i];
    rest = wanted - weights[i];
  }
  return weights;
}

/** @type {(at: number, count: number) => number}  A place beyond the edge, mirrored at the outermost pixel. */
function mirrored(at, count) {
  if (count === 1) return 0;
  let place = at;
  while (place < 0 || place >= count) place = place < 0 ? -place : 2 * (count - 1) - place;
  return place;
}

/** @type {(slice: Marked, factor: number) => Marked}  Means over larger pixels, at the old size; the mask stays sharp. */
function coarser(slice, factor) {
  const { width, height } = slice;
  const small = { width: rint(width / factor), height: rint(height / factor) };
  return { ...slice, pixels: enlarged(shrunk(slice.pixels, slice, small), small, slice) };
}

/**
 * Turned (degrees), enlarged and moved (pixels) about the middle, with its mask; what comes into view is black. A pixel
 * belongs to the mask if more than half of what comes to lie on it did.
 * @param {Marked} slice
 * @param {{angle?: number, scale?: number, right?: number}} how
 * @returns {Marked}
 */
function moved(slice, { angle = 0, scale = 1, right = 0 }) {
  const { width, height } = slice;
  const turn = angle * (Math.PI / 180);
  const [cos, sin] = [fround(Math.cos(turn) / scale), fround(Math.sin(turn) / scale)];
  const [middleX, middleY] = [fround((width - 1) / 2), fround((height - 1) / 2)];
  const [fromX, fromY] = [fround((width - 1) / 2 - right), middleY];
  const [pixels, mask] = [new Uint8Array(slice.pixels.length), new Uint8Array(slice.pixels.length)];
  for (let row = 0; row < height; row++) {
    const y = fround(row - middleY);
    for (let column = 0; column < width; column++) {
      const x = fround(column - middleX);
      const atX = fround(fround(fround(cos * x) + fround(-sin * y)) + fromX);
      const atY = fround(fround(fround(sin * x) + fround(cos * y)) + fromY);
      pixels[row * width + column] = between(slice.pixels, slice, atX, atY);
      mask[row * width + column] = between(slice.mask, slice, atX, atY);
    }
  }
  return { ...slice, pixels, mask };
}

/**
 * The grey level at a place between four pixels; those beyond the slice are 0.
 * @type {(pixels: Uint8Array, size: {width: number, height: number}, x: number, y: number) => number}
 */
function between(pixels, { width, height }, x, y) {
  const [left, top] = [Math.floor(x), Math.floor(y)];
  const [across, down] = [fround(x - left), fround(y - top)];
  /** @type {(column: number, row: number) => number} */
  const at = (column, row) => (
    column < 0 || row < 0 || column >= width || row >= height ? 0 : pixels[row * width + column]);
  /** @type {(first: number, second: number, part: number) => number} */
  const part = (first, second, share) => fround(first + share * fround(second - first)); // rounded once, as processors do
  return rint(part(
    part(at(left, top), at(left + 1, top), across), part(at(left, top + 1), at(left + 1, top + 1), across), down));
}

/** @type {Record<string, (slice: Marked, strength: number, window: Window) => Marked>} */
export const CHANGES = {
  "window level": (slice, level, window) => withWindow(slice, window, level, window[1] - window[0]),
  "window width": (slice, width, window) => withWindow(slice, window, (window[0] + window[1]) / 2, width),
  noise: withNoise,
  blur: blurred,
  "pixel size": coarser,
  rotation: (slice, angle) => moved(slice, { angle }),
  size: (slice, scale) => moved(slice, { scale }),
  shift: (slice, right) => moved(slice, { right }),
};
