/* PNG -> its stored values, every bit of them: no canvas, which has 8 bits and in some browsers adds noise.

   The PNG specification, third edition, sections 5 (chunks), 7 to 10 (passes, filters), 11.2 and 11.3.1:
   https://www.w3.org/TR/png-3/ */

import { crcOf } from "../../../png.js";
import { joined } from "./bytes.js";
import { exifOrientation } from "./exif.js";
import { inflated } from "./gzip.js";
import { checkSize, Damaged, turnedUpright, Unfit } from "./raster.js";

const SIGNATURE = 8; // bytes
const HEADER = 13; // bytes
const CHANNELS = [1, 0, 3, 1, 2, 0, 4]; // by colour type
const USED = ["tRNS", "eXIf", "acTL"]; // beside those without which there is no picture
const PALETTE = 3;
const ADAM7 = [[0, 0, 8, 8], [0, 4, 8, 8], [4, 0, 8, 4], [0, 2, 4, 4], [2, 0, 4, 2], [0, 1, 2, 2], [1, 0, 2, 1]];
const EARLY = "it ends too early";

/**
 * @param {Uint8Array<ArrayBuffer>} bytes
 * @returns {Promise<import("./raster.js").Raster>}
 */
export async function readPng(bytes) {
  if (bytes.length < SIGNATURE + 21) throw new Error(EARLY);
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const [width, height] = [view.getUint32(16), view.getUint32(20)]; // the header comes first
  if (view.getUint32(8) !== HEADER) throw new Error("its header has another size");
  checkSize(width, height);
  const chunks = chunksOf(bytes, view);
  const [bits, type, interlaced] = [bytes[24], bytes[25], bytes[28]];
  const frames = chunks.acTL ? new DataView(chunks.acTL[0].buffer, chunks.acTL[0].byteOffset).getUint32(0) : 1;
  if (frames > 1) throw new Unfit(`is an animation of ${frames} pictures: please save the one slice as a file`);
  const channels = CHANNELS[type];
  if (!channels || ![1, 2, 4, 8, 16].includes(bits)) throw new Error("no such kind of PNG");
  const rows = inflated(joined(chunks.IDAT ?? []), mostRows(width, height, (channels * bits) / 8));
  const values = pixelsOf(rows, { width, height, channels, bits, interlaced });
  const colours = type === PALETTE ? { palette: (chunks.PLTE ?? [])[0] } : {};
  const raster = rasterOf({ values, width, height, channels }, bits, { transparent: chunks.tRNS?.[0], ...colours });
  return turnedUpright(raster, exifOrientation(joined(chunks.eXIf ?? [])));
}

/** @type {(width: number, height: number, pixel: number) => number}  As bytes, of all passes, and some to spare. */
const mostRows = (width, height, pixel) => Math.ceil((width * height * pixel + 16 * height) * 1.1) + 2 ** 16;

/**
 * @typedef {{width: number, height: number, channels: number, bits: number}} Form
 */
/**
 * The values of all pixels, row by row.
 * @param {Uint8Array} rows  Filtered, as they are stored.
 * @param {Form & {interlaced: number}} form
 */
function pixelsOf(rows, { width, height, channels, bits, interlaced }) {
  const count = width * height * channels;
  const values = bits === 16 ? new Uint16Array(count) : new Uint8Array(count);
  let at = 0;
  for (const [top, left, down, right] of interlaced ? ADAM7 : [[0, 0, 1, 1]]) {
    const across = Math.ceil((width - left) / right);
    const length = Math.ceil((across * channels * bits) / 8);
    if (across <= 0) continue;
    let before = new Uint8Array(length);
    for (let y = top; y < height; y += down) {
      if (at + 1 + length > rows.length) throw new Error(EARLY);
      const row = unfiltered(rows[at], rows.subarray(at + 1, at + 1 + length), before, Math.max(1, (channels * bits) >> 3));
      for (let x = 0; x < across; x++) {
        const to = (y * width + left + x * right) * channels;
        for (let c = 0; c < channels; c++) values[to + c] = valueAt(row, x * channels + c, bits);
      }
      before = row;
      at += 1 + length;
    }
  }
  return values;
}

/**
 * @param {Uint8Array} row
 * @param {number} i
 * @param {number} bits
 */
function valueAt(row, i, bits) {
  if (bits === 8) return row[i];
  if (bits === 16) return (row[2 * i] << 8) | row[2 * i + 1];
  const bit = i * bits;
  return (row[bit >> 3] >> (8 - bits - (bit & 7))) & ((1 << bits) - 1);
}

/**
 * @param {number} filter
 * @param {Uint8Array} row
 * @param {Uint8Array} above
 * @param {number} step  Bytes from a pixel to the one on its left.
 */
function unfiltered(filter, row, above, step) {
  if (filter > 4) throw new Error("no such filter");
  const out = new Uint8Array(row);
  for (let i = 0; filter && i < row.length; i++) {
    const a = i >= step ? out[i - step] : 0;
    const b = above[i];
    const c = i >= step ? above[i - step] : 0;
    out[i] += filter === 1 ? a : filter === 2 ? b : filter === 3 ? (a + b) >> 1 : paeth(a, b, c);
  }
  return out;
}

/** @type {(a: number, b: number, c: number) => number}  The neighbour that is nearest to a + b - c. */
function paeth(a, b, c) {
  const [toA, toB, toC] = [Math.abs(b - c), Math.abs(a - c), Math.abs(a + b - 2 * c)];
  return toA <= toB && toA <= toC ? a : toB <= toC ? b : c;
}

/**
 * @param {{values: Uint8Array | Uint16Array, width: number, height: number, channels: number}} decoded
 * @param {number} bits
 * @param {{transparent?: Uint8Array, palette?: Uint8Array}} colours
 * @returns {import("./raster.js").Raster}
 */
function rasterOf({ values, width, height, channels }, bits, { transparent, palette }) {
  const white = 2 ** bits - 1;
  const form = { width, height, dtype: bits === 16 ? "uint16" : "uint8", whiteIsZero: false, notes: [] };
  if (palette) return { ...form, ...indexed(values, palette, transparent), values, channels: 1, white: 255 };
  if (channels === 2 || channels === 4) {
    const colour = channels - 1;
    const split = /** @type {(first: number, count: number) => typeof values} */ (first, count) => {
      const part = bits === 16 ? new Uint16Array(width * height * count) : new Uint8Array(width * height * count);
      for (let i = 0; i < part.length; i++) part[i] = values[Math.floor(i / count) * channels + first + (i % count)];
      return part;
    };
    return { ...form, values: split(0, colour), channels: colour, white, alpha: split(colour, 1), palette: null };
  }
  const alpha = transparent ? keyed(values, channels, transparent, bits) : null;
  return { ...form, values, channels, white, alpha, palette: null };
}

/**
 * @param {Uint8Array | Uint16Array} values
 * @param {Uint8Array} palette
 * @param {Uint8Array | undefined} transparent
 */
function indexed(values, palette, transparent) {
  const count = Math.floor(palette.length / 3);
  if (values.some((value) => value >= count)) throw new Damaged("a pixel's colour is missing in its palette");
  const alpha = transparent ? Uint8Array.from(values, (value) => transparent[value] ?? 255) : null;
  return { palette, alpha };
}

/**
 * Where the one colour is that the file calls transparent.
 * @param {Uint8Array | Uint16Array} values
 * @param {number} channels
 * @param {Uint8Array} transparent  Two bytes a channel.
 * @param {number} bits
 */
function keyed(values, channels, transparent, bits) {
  const mask = 2 ** bits - 1;
  const key = Array.from({ length: channels }, (_, c) => ((transparent[2 * c] << 8) | transparent[2 * c + 1]) & mask);
  const alpha = new (bits === 16 ? Uint16Array : Uint8Array)(values.length / channels).fill(bits === 16 ? 65535 : 255);
  for (let i = 0; i < alpha.length; i++) if (key.every((value, c) => values[i * channels + c] === value)) alpha[i] = 0;
  return alpha;
}

/**
 * The chunks up to the end by kind; the checksums of those that are used are verified.
 * @param {Uint8Array} bytes
 * @param {DataView} view
 */
function chunksOf(bytes, view) {
  /** @type {Record<string, Uint8Array[]>} */
  const found = {};
  let at = SIGNATURE;
  while (!found.IEND) {
    if (at + 12 > bytes.length) throw new Damaged(EARLY);
    const length = view.getUint32(at);
    const kind = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    if (at + 12 + length > bytes.length) throw new Damaged(EARLY);
    if (!/^[A-Za-z]{4}$/.test(kind)) throw new Damaged("one of its parts is of no kind that there is");
    const isUsed = /^[A-Z]/.test(kind) || USED.includes(kind);
    if (isUsed && crcOf(bytes.subarray(at + 4, at + 8 + length)) !== view.getUint32(at + 8 + length)) {
      throw new Damaged(`wrong checksum of its part ${kind}`);
    }
    (found[kind] ??= []).push(bytes.subarray(at + 8, at + 8 + length));
    at += 12 + length;
  }
  return found;
}
