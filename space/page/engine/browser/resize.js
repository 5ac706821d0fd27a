/* A picture made smaller and larger again, as OpenCV 5 does it on 8 bits: the same grey levels. */

import { rint } from "./numbers.js";

/** @typedef {{width: number, height: number}} Size */

const { fround } = Math;
const ONE = 2048; // 11 bits of a weight

/**
 * Means over larger pixels (OpenCV's INTER_AREA).
 * @param {Uint8Array} pixels
 * @param {Size} from
 * @param {Size} to  Smaller.
 */
export function shrunk(pixels, from, to) {
  const [across, down] = [from.width / to.width, from.height / to.height];
  const whole = [across, down].every((times) => Math.abs(times - rint(times)) < Number.EPSILON);
  return whole ? meansOfWhole(pixels, from, to, rint(across), rint(down)) : meansOfParts(pixels, from, to);
}

/** @type {(pixels: Uint8Array, from: Size, to: Size, across: number, down: number) => Uint8Array} */
function meansOfWhole(pixels, from, to, across, down) {
  const sums = new Uint32Array(to.width * to.height);
  for (let y = 0; y < to.height * down; y++) {
    for (let x = 0; x < to.width * across; x++) {
      sums[Math.floor(y / down) * to.width + Math.floor(x / across)] += pixels[y * from.width + x];
    }
  }
  if (across === 2 && down === 2) return Uint8Array.from(sums, (sum) => (sum + 2) >> 2);
  const share = fround(1 / (across * down));
  return Uint8Array.from(sums, (sum) => rint(fround(sum * share)));
}

/** @type {(pixels: Uint8Array, from: Size, to: Size) => Uint8Array} */
function meansOfParts(pixels, from, to) {
  const rows = new Float32Array(from.height * to.width);
  for (const { into, at, weight } of partsOf(from.width, to.width)) {
    for (let y = 0; y < from.height; y++) rows[y * to.width + into] += fround(pixels[y * from.width + at] * weight);
  }
  const out = new Float32Array(to.height * to.width);
  for (const { into, at, weight } of partsOf(from.height, to.height)) {
    for (let x = 0; x < to.width; x++) out[into * to.width + x] += fround(rows[at * to.width + x] * weight);
  }
  return Uint8Array.from(out, rint);
}

/**
 * What each pixel of a smaller row takes of those of a larger one.
 * @param {number} from
 * @param {number} to
 */
function partsOf(from, to) {
  const scale = from / to;
  const parts = [];
  for (let into = 0; into < to; into++) {
    const start = into * scale;
    const end = start + scale;
    const cell = Math.min(scale, from - start);
    const last = Math.min(Math.floor(end), from - 1);
    const first = Math.min(Math.ceil(start), last);
    if (first - start > 1e-3) parts.push({ into, at: first - 1, weight: fround((first - start) / cell) });
    for (let at = first; at < last; at++) parts.push({ into, at, weight: fround(1 / cell) });
    if (end - last > 1e-3) parts.push({ into, at: last, weight: fround(Math.min(end - last, 1, cell) / cell) });
  }
  return parts;
}

/**
 * Grey levels between those of a smaller picture (OpenCV's INTER_LINEAR).
 * @param {Uint8Array} pixels
 * @param {Size} from
 * @param {Size} to  Larger.
 */
export function enlarged(pixels, from, to) {
  const across = betweens(from.width, to.width, true);
  const rows = new Int32Array(from.height * to.width);
  for (let y = 0; y < from.height; y++) {
    for (let x = 0; x < to.width; x++) {
      const { before, after, left, right } = across[x];
      rows[y * to.width + x] = pixels[y * from.width + before] * left + pixels[y * from.width + after] * right;
    }
  }
  const out = new Uint8Array(to.width * to.height);
  for (const [y, { before, after, left, right }] of betweens(from.height, to.height, false).entries()) {
    for (let x = 0; x < to.width; x++) {
      const [upper, lower] = [rows[before * to.width + x] >> 4, rows[after * to.width + x] >> 4];
      out[y * to.width + x] = (((left * upper) >> 16) + ((right * lower) >> 16) + 2) >> 2;
    }
  }
  return out;
}

/**
 * Between which pixels of a smaller row each of a larger one lies, and their weights.
 * @param {number} from
 * @param {number} to
 * @param {boolean} held  Whether a pixel beyond the outermost takes all of that one, or both parts of it.
 */
function betweens(from, to, held) {
  return Array.from({ length: to }, (_, i) => {
    const place = fround((i + 0.5) * (from / to) - 0.5);
    const before = Math.floor(place);
    const part = held && (before < 0 || before >= from - 1) ? 0 : fround(place - before);
    const inside = (/** @type {number} */ at) => Math.min(from - 1, Math.max(0, at));
    const [left, right] = [rint(fround(fround(1 - part) * ONE)), rint(fround(part * ONE))];
    return { before: inside(before), after: inside(before + 1), left, right };
  });
}
