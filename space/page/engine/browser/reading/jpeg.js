/* JPEG -> its stored values, by libjpeg-turbo as in space/readers/jpeg.py: the same bytes, and nothing papered over.

   A canvas would manage the colours, and in some browsers add noise. */

import { moduleOf, part } from "../parts.js";
import { exifOrientation } from "./exif.js";
import { checkSize, Damaged, ELSEWHERE, turnedUpright, Unfit } from "./raster.js";

const FRAMES = [0xc0, 0xc1, 0xc2, 0xc3, 0xc5, 0xc6, 0xc7, 0xc9, 0xca, 0xcb, 0xcd, 0xce, 0xcf, 0xf7]; // T.81, table B.1; T.87
const HUFFMAN_DCT = [0xc0, 0xc1, 0xc2]; // baseline, extended, progressive: what pictures use
const [EXIF, PICTURES] = ["Exif\0\0", "MPF\0"];
const [APP1, APP2, SCAN, INKS] = [0xe1, 0xe2, 0xda, 4];
const MANY_SCANS = 100; // a progressive picture has ten; each takes as long as a whole picture
const NUMBER_OF_IMAGES = 0xb001; // CIPA DC-007, 5.2.3

/**
 * @typedef {object} Turbo  libjpeg-turbo, as space/site/decoders.js takes it.
 * @property {new () => TurboDecoder} JPEGDecoder
 */
/**
 * @typedef {object} TurboDecoder
 * @property {(length: number) => Uint8Array} getEncodedBuffer
 * @property {() => Uint8Array} getDecodedBuffer
 * @property {() => void} decode  Throws if anything is wrong with the data.
 * @property {() => {width: number, height: number, componentCount: number}} getFrameInfo
 * @property {() => void} delete
 */

/** @type {Promise<Turbo> | null} */
let coming = null;

/**
 * @param {Uint8Array} data
 * @returns {Promise<{values: Uint8Array, width: number, height: number, channels: number}>}
 */
export async function decodeJpeg(data) {
  if (scansOf(data) > MANY_SCANS) throw new Error("it comes in too many scans");
  coming ??= started();
  coming.catch(() => { coming = null; }); // the next picture tries again
  const turbo = await coming;
  const decoder = new turbo.JPEGDecoder();
  try {
    decoder.getEncodedBuffer(data.length).set(data);
    decoder.decode();
    const { width, height, componentCount } = decoder.getFrameInfo();
    const values = decoder.getDecodedBuffer().slice(0, width * height * componentCount);
    decoder.delete();
    return { values, width, height, channels: componentCount };
  } catch {
    coming = null; // what failed inside keeps its memory: the next picture starts anew
    throw new Error("its JPEG data are not whole");
  }
}

/** @param {Uint8Array} data */
function scansOf(data) {
  let count = 0;
  for (let at = data.indexOf(0xff); at >= 0; at = data.indexOf(0xff, at + 1)) if (data[at + 1] === SCAN) count++;
  return count;
}

async function started() {
  const [{ default: start }, program] = await Promise.all([moduleOf("decoders/jpeg.js"), part("decoders/jpeg.wasm")]);
  return start({ wasmBinary: program, locateFile: (/** @type {string} */ name) => name, print() {}, printErr() {} });
}

/**
 * @param {Uint8Array} bytes
 * @returns {Promise<import("./raster.js").Raster>}
 */
export async function readJpeg(bytes) {
  const { frame, precision, height, width, components } = frameOf(bytes);
  checkSize(width, height);
  if (precision !== 8 || !HUFFMAN_DCT.includes(frame)) {
    const kind = precision !== 8 ? `a JPEG of ${precision} bits` : "a lossless or arithmetic-coded JPEG";
    throw new Unfit(`is ${kind}, which cannot be read here: please save it as PNG`);
  }
  if (components === INKS) throw new Unfit(`is a JPEG of printing inks (CMYK), ${ELSEWHERE}: please save it as PNG`);
  const decoded = await decodeJpeg(bytes);
  const parts = partsOf(bytes);
  const exif = parts.filter(({ marker, name }) => marker === APP1 && name.startsWith(EXIF));
  const pictures = countOf(parts.find(({ marker, name }) => marker === APP2 && name.startsWith(PICTURES))?.body);
  const notes = pictures > 1 ? [`It is the first of the ${pictures} pictures in the file.`] : [];
  const raster = { ...decoded, dtype: "uint8", white: 255, alpha: null, palette: null, whiteIsZero: false, notes };
  return turnedUpright(raster, exif.length ? exifOrientation(exif[0].body) : 1);
}

/**
 * The frame's marker, bits, height, width and components: known before a pixel is decoded.
 * @param {Uint8Array} data
 */
function frameOf(data) {
  /** @param {number} at */
  const short = (at) => (data[at] << 8) | data[at + 1];
  for (let at = 2; at + 9 < data.length;) {
    if (data[at] !== 0xff) throw new Damaged("its parts are not where they should be");
    const marker = data[at + 1];
    if (marker === 0xff) at += 1; // padding
    else if (FRAMES.includes(marker)) {
      const [height, width] = [short(at + 5), short(at + 7)];
      return { frame: marker, precision: data[at + 4], height, width, components: data[at + 9] };
    } else if (marker === 0x01 || (marker >= 0xd0 && marker <= 0xd8)) at += 2; // markers without a length
    else at += 2 + short(at + 2);
  }
  throw new Damaged("it ends before its picture");
}

/**
 * The parts before the picture's data.
 * @param {Uint8Array} data
 */
function partsOf(data) {
  const parts = [];
  for (let at = 2; at + 4 <= data.length && data[at] === 0xff && data[at + 1] !== SCAN;) {
    const marker = data[at + 1];
    if (marker === 0xff || marker === 0x01 || (marker >= 0xd0 && marker <= 0xd8)) {
      at += marker === 0xff ? 1 : 2;
      continue;
    }
    const length = (data[at + 2] << 8) | data[at + 3];
    const body = data.subarray(at + 4, at + 2 + length);
    parts.push({ marker, body, name: String.fromCharCode(...body.subarray(0, 6)) });
    at += 2 + length;
  }
  return parts;
}

/**
 * How many pictures the file says that it holds.
 * @param {Uint8Array | undefined} body  Of the part that lists them.
 */
function countOf(body) {
  if (!body) return 1;
  const view = new DataView(body.buffer, body.byteOffset + 4, body.length - 4);
  try {
    const little = view.getUint16(0) === 0x4949;
    const list = view.getUint32(4, little);
    for (let i = 0; i < view.getUint16(list, little); i++) {
      const at = list + 2 + 12 * i;
      if (view.getUint16(at, little) === NUMBER_OF_IMAGES) return view.getUint32(at + 8, little);
    }
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
  }
  return 1;
}
