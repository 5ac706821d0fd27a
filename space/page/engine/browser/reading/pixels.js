/* The pixels of a DICOM frame as they are stored, as pydicom's `pixel_array(raw=True)` gives them. */

import { BIG_ENDIAN, DEFLATED, EXPLICIT, IMPLICIT } from "./dataset.js";
import { tagOf } from "./elements.js";
import { Frames } from "./encapsulated.js";
import { decoded } from "./gdcm.js";
import { unpackedRuns } from "./rle.js";

/**
 * @typedef {import("./dataset.js").Dataset} Dataset
 * @typedef {import("./gdcm.js").Stored} Stored
 * @typedef {Uint8Array | Int8Array | Uint16Array | Int16Array | Uint32Array | Int32Array} Pixels
 * @typedef {{pixels: Pixels, rows: number, columns: number}} Plane
 */
/**
 * @typedef {object} Layers  How all frames of a file are stored.
 * @property {Uint8Array} bytes
 * @property {number} count  Of frames.
 * @property {Frames | null} frames  Where they are compressed.
 * @property {boolean} inWords  Whether bytes are written as halves of words.
 */

const RLE = "1.2.840.10008.1.2.5";
const JPEG_OF_12_BITS = "1.2.840.10008.1.2.4.51";
const JPEG = ["1.2.840.10008.1.2.4.50", JPEG_OF_12_BITS, "1.2.840.10008.1.2.4.57", "1.2.840.10008.1.2.4.70"];
const FRAMES = [0xc0, 0xc1, 0xc2, 0xc3]; // of a JPEG, as GDCM reads it
const JPEG_LS = ["1.2.840.10008.1.2.4.80", "1.2.840.10008.1.2.4.81"];
const JPEG_2000 = ["1.2.840.10008.1.2.4.90", "1.2.840.10008.1.2.4.91"];
const NATIVE = [IMPLICIT, EXPLICIT, DEFLATED, BIG_ENDIAN];
/** @type {Record<string, new (buffer: ArrayBuffer) => Pixels>} */
const ARRAYS = { u8: Uint8Array, i8: Int8Array, u16: Uint16Array, i16: Int16Array, u32: Uint32Array, i32: Int32Array };

/** @type {WeakMap<Dataset, {stored: Stored, layers: Layers}>}  Of files, some of which have thousands of frames. */
const known = new WeakMap();

/**
 * One frame.
 * @param {Dataset} dataset
 * @param {number} index
 * @returns {Promise<Plane>}
 * @throws {Error}  Where the file is damaged, or compressed in a way that cannot be read.
 */
export async function pixelsOf(dataset, index) {
  const { stored, layers } = known.get(dataset) ?? lookedAt(dataset);
  const { rows, columns } = stored;
  const pixels = layers.frames ? await unpacked(layers.frames.at(index), stored)
    : cleared(native(layers, index, stored), stored.used);
  return { pixels, rows, columns };
}

/** @param {Dataset} dataset */
function lookedAt(dataset) {
  const stored = storedIn(dataset);
  const found = { stored, layers: layersOf(dataset, stored) };
  known.set(dataset, found);
  return found;
}

/** @param {Dataset} dataset */
function storedIn(dataset) {
  /** @type {(keyword: string, low: number, high: number) => number} */
  const number = (keyword, low, high) => {
    const value = dataset.get(keyword);
    if (typeof value !== "number" || value < low || value > high) throw new Error(`${keyword} makes no sense`);
    return value;
  };
  const allocated = number("BitsAllocated", 1, 32); // pixels of more bits are no image's
  const stored = {
    syntax: dataset.syntax, allocated, used: number("BitsStored", 1, allocated),
    rows: number("Rows", 1, 65535), columns: number("Columns", 1, 65535),
    signed: number("PixelRepresentation", 0, 1) === 1,
  };
  number("SamplesPerPixel", 1, 1);
  if (![1, 8, 16, 32].includes(allocated)) throw new Error("pixels are not stored in whole bytes");
  return stored;
}

/** @type {(dataset: Dataset, stored: Stored) => Layers} */
function layersOf(dataset, { allocated, syntax }) {
  const bytes = dataset.get("PixelData");
  if (!(bytes instanceof Uint8Array) || dataset.has("FloatPixelData") || dataset.has("DoubleFloatPixelData")) {
    throw new Error("it has no pixels, or several kinds of them");
  }
  const count = dataset.has("NumberOfFrames") ? Number(dataset.get("NumberOfFrames") || 1) : 1;
  if (!(count >= 1)) throw new Error("the number of frames makes no sense");
  const inWords = dataset.syntax === BIG_ENDIAN && allocated === 8 && dataset.elements.get(tagOf("PixelData"))?.vr === "OW";
  const frames = NATIVE.includes(syntax) ? null : new Frames(bytes, count, extendedTable(dataset));
  return { bytes, count, frames, inWords };
}

/** @type {(dataset: Dataset) => [Uint8Array, Uint8Array] | null} */
function extendedTable(dataset) {
  const tables = [dataset.get("ExtendedOffsetTable"), dataset.get("ExtendedOffsetTableLengths")];
  const fits = tables.every((table) => table instanceof Uint8Array && table.length === tables[0].length);
  return fits ? /** @type {[Uint8Array, Uint8Array]} */ (tables) : null;
}

/**
 * @param {Layers} layers
 * @param {number} index
 * @param {Stored} stored
 */
function native({ bytes, count, inWords }, index, { rows, columns, allocated, signed, syntax }) {
  const size = (rows * columns * allocated) / 8; // bytes, which may end within one
  const all = Math.ceil(size * count);
  if (bytes.length < all || (index + 1) * size > bytes.length) throw new Error("there are too few pixels");
  if (allocated === 1) return bitsOf(bytes, index * rows * columns, rows * columns);
  const [from, to] = [index * size, (index + 1) * size];
  const even = from - (from % 2);
  const frame = inWords ? swapped(bytes.slice(even, to + (to % 2)), 2).slice(from - even, to - even) : bytes.slice(from, to);
  return typed(syntax === BIG_ENDIAN ? swapped(frame, allocated / 8) : frame, allocated, signed);
}

/**
 * Single bits (PS3.5, 8.1.1), a byte each.
 * @param {Uint8Array} bytes
 * @param {number} first
 * @param {number} count
 */
export const bitsOf = (bytes, first, count) => (
  Uint8Array.from({ length: count }, (_, i) => (bytes[(first + i) >> 3] >> ((first + i) & 7)) & 1));

/** @type {(bytes: Uint8Array, size: number) => Uint8Array<ArrayBuffer>}  Each number's bytes the other way round. */
function swapped(bytes, size) {
  const out = new Uint8Array(bytes.length);
  for (let i = 0; i < bytes.length; i++) out[i] = bytes[i - (i % size) + size - 1 - (i % size)];
  return out;
}

/** @type {(bytes: Uint8Array<ArrayBuffer>, bits: number, signed: boolean) => Pixels}  The bytes are its own. */
const typed = (bytes, bits, signed) => new ARRAYS[`${signed ? "i" : "u"}${bits}`](bytes.buffer);

/**
 * @param {Uint8Array} frame
 * @param {Stored} stored
 */
async function unpacked(frame, stored) {
  const { syntax, rows, columns, allocated, used, signed } = stored;
  if (syntax === RLE) {
    return cleared(typed(unpackedRuns(frame, rows * columns, allocated / 8), allocated, signed), used);
  }
  if (JPEG.includes(syntax)) {
    checkSize(sizeOfJpeg(frame), stored);
    if (syntax === JPEG_OF_12_BITS && used !== 8) throw new Error("GDCM does not read JPEG of 12 bits");
    return cleared(typed(await decoded(frame, stored), allocated, signed), used);
  }
  const { precision, isSigned } = JPEG_2000.includes(syntax) ? headOf2000(frame, stored)
    : JPEG_LS.includes(syntax) ? headOfLs(frame, stored) : unknown();
  const bits = precision <= 8 ? 8 : precision <= 16 ? 16 : 32; // GDCM goes by what the frame says
  const pixels = typed(await decoded(frame, { ...stored, allocated: bits, used: precision }), bits, signed);
  const wide = new ARRAYS[`${signed ? "i" : "u"}${allocated}`](new ArrayBuffer((pixels.length * allocated) / 8));
  wide.set(pixels);
  return isSigned === signed ? wide : cleared(wide, precision);
}

/** @returns {never} */
function unknown() {
  throw new Error("it is compressed in a way that cannot be read");
}

/**
 * Pixels without what lies in bits that are not used.
 * @param {Pixels} pixels
 * @param {number} used
 */
function cleared(pixels, used) {
  const shift = 8 * pixels.BYTES_PER_ELEMENT - used;
  for (let i = 0; shift > 0 && i < pixels.length; i++) {
    pixels[i] <<= shift;
    pixels[i] = pixels[i] < 0 ? pixels[i] >> shift : pixels[i] >>> shift;
  }
  return pixels;
}

/**
 * What a frame of JPEG 2000 says of itself (ISO/IEC 15444-1, A.5.1).
 * @param {Uint8Array} frame
 * @param {Stored} stored
 */
function headOf2000(frame, stored) {
  const { used, signed } = stored;
  const view = new DataView(frame.buffer, frame.byteOffset, frame.length);
  let at = 0;
  if (view.getUint32(4) === 0x6a502020) { // boxes around it
    for (at = 12; at + 8 < frame.length && view.getUint32(at + 4) !== 0x6a703263;) at += view.getUint32(at) || frame.length;
    at += 8;
  }
  const isOne = at + 42 < frame.length && view.getUint32(at) === 0xff4fff51;
  if (isOne) {
    const [right, bottom, left, top] = [8, 12, 16, 20].map((place) => view.getUint32(at + place));
    checkSize({ rows: bottom - top, columns: right - left }, stored);
  }
  return isOne ? { precision: (frame[at + 42] & 127) + 1, isSigned: frame[at + 42] > 127 }
    : { precision: used, isSigned: signed };
}

/**
 * What a frame of JPEG-LS says of itself; whether its numbers are signed it cannot say.
 * @param {Uint8Array} frame
 * @param {Stored} stored
 */
function headOfLs(frame, stored) {
  const at = startOf(frame, [0xf7]);
  if (!at) return { precision: stored.used, isSigned: false };
  checkSize(sizeAt(frame, at), stored);
  return { precision: frame[at + 4], isSigned: false };
}

/**
 * Where the marker is from which on a JPEG says how large it is (ITU-T T.81, B.2.2); 0 without one.
 * @type {(frame: Uint8Array, kinds: number[]) => number}
 */
function startOf(frame, kinds) {
  for (let at = 2; at + 8 < frame.length && frame[at] === 0xff;) {
    if (kinds.includes(frame[at + 1])) return at;
    at += frame[at + 1] === 0xff ? 1 : 2 + frame[at + 2] * 256 + frame[at + 3];
  }
  return 0;
}

/** @type {(frame: Uint8Array, at: number) => {rows: number, columns: number}} */
const sizeAt = (frame, at) => (
  { rows: frame[at + 5] * 256 + frame[at + 6], columns: frame[at + 7] * 256 + frame[at + 8] });

/** @type {(frame: Uint8Array) => {rows: number, columns: number} | null} */
function sizeOfJpeg(frame) {
  const at = startOf(frame, FRAMES);
  return at ? sizeAt(frame, at) : null;
}

/**
 * GDCM goes by what the file says, and leaves empty what the frame does not fill.
 * @type {(said: {rows: number, columns: number} | null, stored: Stored) => void}
 */
function checkSize(said, { rows, columns }) {
  const isOther = said && (said.rows !== rows || said.columns !== columns);
  if (isOther) throw new Error("a frame has another size than its file says");
}
