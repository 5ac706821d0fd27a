/* The strips or tiles of a page -> its values. TIFF 6.0, Adobe 1992: sections 3, 7 (strips), 14 (predictor), 15 (tiles),
   22 (JPEG); Adobe Photoshop TIFF Technical Note 3 (predictor of floats).

   All of them must be there, and whole: what is missing is not filled. */

import { joined } from "./bytes.js";
import { fromHalf } from "./half.js";
import { inflated } from "./gzip.js";
import { decodeJpeg } from "./jpeg.js";
import { Damaged, MAX_PIXELS } from "./raster.js";
import { fromLzw, fromPackBits } from "./unpack.js";

const [NONE, LZW, JPEG, DEFLATE, OLD_DEFLATE, PACKBITS] = [1, 5, 7, 8, 32946, 32773];
const [HORIZONTAL, OF_FLOATS] = [2, 3];
const MISSING = "parts of the picture are missing";

/** @typedef {import("./tiff_tags.js").Page} Page */
/**
 * @typedef {object} Form  How the values of a page are stored.
 * @property {number} width
 * @property {number} height
 * @property {number} samples  Of a pixel.
 * @property {number} bits
 * @property {string} dtype  What NumPy calls their type.
 * @property {number} compression
 * @property {number} photometric
 */
/**
 * @typedef {object} Segment  A strip or tile, in pixels; what lies beyond the picture is left.
 * @property {number} left
 * @property {number} top
 * @property {number} width
 * @property {number} height
 * @property {number} samples
 * @property {number} sample  The first of them.
 */
/** @typedef {import("./raster.js").Values | BigInt64Array | BigUint64Array} Plain */

/**
 * All values of a page, pixel by pixel.
 * @param {Page} page
 * @param {Uint8Array} bytes
 * @param {Form} form
 * @returns {Promise<import("./raster.js").Values>}
 */
export async function valuesOf(page, bytes, form) {
  const { tiled, across, down, count } = cutOf(page, form);
  if (!across || !down || across * down > 4 * MAX_PIXELS) throw new Error("its tiles or strips have no possible size");
  const [offsets, sizes] = page.has(324) ? [page.list(324), page.list(325)] : [page.list(273), page.list(279)];
  if (offsets.length !== sizes.length || offsets.length < count || (!tiled && offsets.length > count)) {
    throw new Damaged(MISSING);
  }
  if (offsets.some((at, i) => !at || !sizes[i] || at + sizes[i] > bytes.length)) throw new Damaged(MISSING);
  const out = emptyOf(form.dtype, form.width * form.height * form.samples);
  for (const [i, segment] of segmentsOf(page, form).entries()) {
    const stored = bytes.subarray(offsets[i], offsets[i] + sizes[i]);
    paste(out, form, await segmentValues(page, stored, segment, form), segment);
  }
  return out;
}

/**
 * How a page is cut into strips or tiles.
 * @param {Page} page
 * @param {Omit<Form, "dtype" | "bits" | "compression" | "photometric">} form
 */
export function cutOf(page, { width, height, samples }) {
  const tiled = page.has(322);
  const rows = page.entries.get(278)?.count === 1 ? Math.min(page.one(278, height), height) : height;
  const [across, down] = tiled ? [page.one(322, 0), page.one(323, 0)] : [width, rows];
  const planes = page.one(284, 1) === 2 ? samples : 1;
  return { tiled, across, down, planes, count: Math.ceil(width / across) * Math.ceil(height / down) * planes };
}

/**
 * @param {Page} page
 * @param {Form} form
 */
function segmentsOf(page, form) {
  const { width, height, samples } = form;
  const { tiled, across, down, planes } = cutOf(page, form);
  /** @type {Segment[]} */
  const segments = [];
  for (let sample = 0; sample < planes; sample++) {
    for (let top = 0; top < height; top += down) {
      for (let left = 0; left < width; left += across) {
        const high = tiled ? down : Math.min(down, height - top);
        segments.push({ left, top, width: across, height: high, samples: samples / planes, sample });
      }
    }
  }
  return segments;
}

/** @type {(page: Page, stored: Uint8Array, segment: Segment, form: Form) => Promise<Plain>} */
async function segmentValues(page, stored, segment, form) {
  if (form.compression === JPEG) return jpegValues(page, stored, segment, form);
  const { width, height, samples } = segment;
  const row = Math.ceil((width * samples * form.bits) / 8);
  const ordered = page.one(266, 1) === 2 ? stored.map(mirrored) : stored;
  const raw = unpacked(ordered, form.compression, row * height);
  if (raw.length < row * height) throw new Error(MISSING);
  const predictor = page.one(317, 1);
  if (predictor > OF_FLOATS || predictor < 1) throw new Error(`its predictor ${predictor} is not known`);
  if (predictor === OF_FLOATS) {
    if (!form.dtype.startsWith("float")) throw new Error("its predictor is for floats, which it does not hold");
    return typed(floatsSorted(raw.slice(0, row * height), segment, form.bits / 8), segment, form, false);
  }
  const values = typed(raw, segment, form, page.little);
  if (predictor !== HORIZONTAL) return values;
  if (form.dtype.startsWith("float")) throw new Error("its predictor is for whole numbers, which it does not hold");
  const step = width * samples;
  for (let i = 0; i < values.length; i++) {
    if (i % step >= samples) values[i] = /** @type {any} */ (values[i]) + values[i - samples]; // wraps, as its type does
  }
  return values;
}

/** @param {number} byte  Whose bits come in the other order. */
function mirrored(byte) {
  let out = 0;
  for (let bit = 0; bit < 8; bit++) out |= ((byte >> bit) & 1) << (7 - bit);
  return out;
}

/** @type {(stored: Uint8Array, compression: number, most: number) => Uint8Array} */
function unpacked(stored, compression, most) {
  if (compression === NONE) return stored;
  if (compression === LZW) return fromLzw(stored, most);
  if (compression === PACKBITS) return fromPackBits(stored, most);
  if (compression !== DEFLATE && compression !== OLD_DEFLATE) throw new Error(`it is compressed in the way ${compression}`);
  return inflated(stored, most);
}

/** @type {(page: Page, stored: Uint8Array, segment: Segment, form: Form) => Promise<Uint8Array>} */
async function jpegValues(page, stored, segment, { photometric }) {
  const tables = page.bytes(347);
  // without what would say otherwise than the TIFF how its colours are stored
  const picture = withTransform(tables ? joined([tables.subarray(0, -2), stored.subarray(2)]) : stored, photometric);
  const { values, width, height, channels } = await decodeJpeg(picture);
  const fits = width === segment.width && height >= segment.height && channels === segment.samples;
  if (!fits) throw new Error("its JPEG data have another size");
  return values;
}

/**
 * JPEG data with a marker that says whether they hold red, green and blue, or luminance and two differences.
 * @type {(data: Uint8Array, photometric: number) => Uint8Array}
 */
function withTransform(data, photometric) {
  const YCBCR = 6;
  const adobe = [0xff, 0xee, 0, 14, 0x41, 0x64, 0x6f, 0x62, 0x65, 0, 100, 0, 0, 0, 0, Number(photometric === YCBCR)];
  const parts = [data.subarray(0, 2), Uint8Array.from(adobe)];
  let at = 2;
  while (data[at] === 0xff && data[at + 1] !== 0xda && at + 4 <= data.length) {
    const length = data[at + 1] === 0xff ? 1 : 2 + (data[at + 2] << 8 | data[at + 3]);
    const isApp = data[at + 1] === 0xe0 || data[at + 1] === 0xee;
    if (!isApp) parts.push(data.subarray(at, at + length));
    at += length;
  }
  return joined([...parts, data.subarray(at)]);
}

/**
 * Floats whose bytes were sorted by their weight and stored as differences, in big endian order.
 * @type {(raw: Uint8Array, segment: Segment, size: number) => Uint8Array}
 */
function floatsSorted(raw, { width, height, samples }, size) {
  const [count, row] = [width * samples, width * samples * size];
  const out = new Uint8Array(raw.length);
  for (let y = 0; y < height; y++) {
    const bytes = raw.subarray(y * row, (y + 1) * row);
    for (let i = samples; i < row; i++) bytes[i] += bytes[i - samples];
    for (let i = 0; i < count; i++) for (let k = 0; k < size; k++) out[y * row + i * size + k] = bytes[k * count + i];
  }
  return out;
}

/**
 * The values that bytes stand for.
 * @type {(raw: Uint8Array, segment: Segment, form: Form, little: boolean) => Plain}
 */
function typed(raw, { width, height, samples }, { bits, dtype }, little) {
  const [count, row] = [width * samples, Math.ceil((width * samples * bits) / 8)];
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  const read = READ[dtype];
  const out = new read.Array(count * height);
  const whole = bits === read.bits;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < count; x++) {
      const bit = y * row * 8 + x * bits;
      out[y * count + x] = whole ? read.at(view, bit / 8, little) : bitsAt(raw, bit, bits);
    }
  }
  return /** @type {Plain} */ (out);
}

/** @typedef {{Array: any, bits: number, at: (view: DataView, at: number, little: boolean) => number | bigint}} Reading */
/** @type {Record<string, Reading>} */
const READ = {
  bool: { Array: Uint8Array, bits: 0, at: () => 0 },
  uint8: { Array: Uint8Array, bits: 8, at: (view, at) => view.getUint8(at) },
  uint16: { Array: Uint16Array, bits: 16, at: (view, at, little) => view.getUint16(at, little) },
  uint32: { Array: Uint32Array, bits: 32, at: (view, at, little) => view.getUint32(at, little) },
  uint64: { Array: BigUint64Array, bits: 64, at: (view, at, little) => view.getBigUint64(at, little) },
  int16: { Array: Int16Array, bits: 16, at: (view, at, little) => view.getInt16(at, little) },
  int32: { Array: Int32Array, bits: 32, at: (view, at, little) => view.getInt32(at, little) },
  int64: { Array: BigInt64Array, bits: 64, at: (view, at, little) => view.getBigInt64(at, little) },
  float16: { Array: Float32Array, bits: 16, at: (view, at, little) => fromHalf(view.getUint16(at, little)) },
  float32: { Array: Float32Array, bits: 32, at: (view, at, little) => view.getFloat32(at, little) },
  float64: { Array: Float64Array, bits: 64, at: (view, at, little) => view.getFloat64(at, little) },
};

/** @type {(raw: Uint8Array, at: number, bits: number) => number}  At most 16 bits from a bit on. */
function bitsAt(raw, at, bits) {
  const byte = at >> 3;
  const three = (raw[byte] << 16) | ((raw[byte + 1] ?? 0) << 8) | (raw[byte + 2] ?? 0);
  return (three >> (24 - (at & 7) - bits)) & ((1 << bits) - 1);
}

/** @type {(dtype: string, count: number) => import("./raster.js").Values} */
function emptyOf(dtype, count) {
  return dtype.endsWith("int64") ? new Float64Array(count) : new READ[dtype].Array(count);
}

/** @type {(out: import("./raster.js").Values, form: Form, values: Plain, segment: Segment) => void} */
function paste(out, form, values, { left, top, width, height, samples, sample }) {
  const [right, bottom] = [Math.min(width, form.width - left), Math.min(height, form.height - top)];
  for (let y = 0; y < bottom; y++) {
    for (let x = 0; x < right; x++) {
      const to = ((top + y) * form.width + left + x) * form.samples + sample;
      for (let c = 0; c < samples; c++) {
        const value = Number(values[(y * width + x) * samples + c]);
        if (!Number.isSafeInteger(value) && form.dtype.endsWith("int64")) throw new Error("its numbers are too large");
        out[to + c] = value;
      }
    }
  }
}
