/* TIFF -> its stored values: space/readers/tiff.py in JavaScript, with what a page is made of read by tiff_tags.js and
   tiff_data.js. */

import { short } from "../numbers.js";
import { checkSize, Damaged, ELSEWHERE, turnedUpright, Unfit } from "./raster.js";
import { cutOf, valuesOf } from "./tiff_data.js";
import { COLOURS, COMPRESSIONS } from "./tiff_names.js";
import { pagesOf } from "./tiff_tags.js";

const [WHITE_IS_ZERO, BLACK, RGB, PALETTE, MASK, SEPARATED, YCBCR] = [0, 1, 2, 3, 4, 5, 6];
const SHOWN = [WHITE_IS_ZERO, BLACK, MASK, RGB, PALETTE, SEPARATED];
const [UNSIGNED, SIGNED, FLOAT, UNKNOWN] = [1, 2, 3, 4];
const [JPEG, ZSTD, LZMA] = [7, 50000, 34925];
const READ = [1, 5, JPEG, 8, 32946, 32773]; // without, LZW, deflate, PackBits
const IN_THE_APP = [2, 3, 4, ZSTD, LZMA]; // fax
const PHOTOMETRIC = 262;
// how the values are stored: no file says it twice
const LAYOUT = [256, 257, 258, 259, PHOTOMETRIC, 273, 277, 278, 279, 284, 317, 322, 323, 324, 325, 339];
const NO_LAYOUT = "what it says of its layout makes no sense";
const BLACK_IS_ZERO = "The file does not say whether 0 is black or white: it was taken as black.";
const PIXEL = 128; // bits of one: red, green, blue and alpha as floats of 32 bits; each more counts as another pixel
const MANY_PAGES = 50; // no picture has that many smaller copies
const SAVE = "please save the slice as a grey TIFF or PNG";

/**
 * @typedef {import("./tiff_tags.js").Page} Page
 * @typedef {import("./raster.js").Raster} Raster
 * @typedef {import("./raster.js").Values} Values
 */

/**
 * @param {Uint8Array} bytes
 * @returns {Promise<import("./raster.js").Raster>}
 */
export async function readTiff(bytes) {
  const pages = pagesOf(bytes);
  const about = imagejOf(pages[0]);
  const page = onlyPage(pages, about);
  const [width, height, samples] = [page.one(256, 0), page.one(257, 0), page.one(277, 1)];
  if (samples < 1) throw new Damaged(NO_LAYOUT);
  const { tiled, count } = cutOf(page, { width, height, samples });
  if (!tiled && height && page.list(273).length !== count) throw new Damaged("parts of the picture are missing");
  checkSize(width, height * Math.max(1, Math.floor(samples / 4)));
  const { bits, dtype } = kindOf(page, samples);
  checkSize(width, height * Math.max(1, Math.floor((samples * bits) / PIXEL)));
  const [compression, photometric] = [page.one(259, 1), page.one(PHOTOMETRIC, BLACK)];
  if (!page.has(PHOTOMETRIC) && page.has(320)) {
    throw new Damaged("it has a palette, and does not say that its values are places in it");
  }
  if (LAYOUT.some((code) => page.repeated.has(code))) throw new Damaged(NO_LAYOUT);
  const stored = await valuesOf(page, bytes, { width, height, samples, bits, dtype, compression, photometric });
  const split = splitAlpha(page, stored, samples, photometric);
  const raster = {
    width, height, dtype, notes: page.has(PHOTOMETRIC) ? [] : [BLACK_IS_ZERO],
    values: split.values, channels: split.channels, alpha: split.alpha,
    white: whiteOf(dtype, bits), whiteIsZero: photometric === WHITE_IS_ZERO,
    palette: photometric === PALETTE ? paletteOf(page, split.values) : null,
  };
  const shown = photometric === SEPARATED ? onScreen(raster) : raster;
  return turnedUpright(calibrated(shown, about), page.one(274, 1));
}

/** @type {(dtype: string, bits: number) => number | null} */
function whiteOf(dtype, bits) {
  if (dtype.startsWith("float")) return 1;
  return (dtype === "bool" || dtype.startsWith("uint")) && bits <= 16 ? 2 ** bits - 1 : null;
}

/**
 * The one picture; smaller copies of it (thumbnails) do not count.
 * @param {Page[]} pages
 * @param {Record<string, string>} about  What ImageJ says of them.
 */
function onlyPage(pages, about) {
  if (pages.length > MANY_PAGES) throw new Unfit(`holds ${pages.length} pages: please save the one slice as a file`);
  const full = pages.filter((page) => !isReduced(page));
  for (const count of [full.length, Number(about.images ?? 1), full[0]?.one(32997, 1) ?? 0]) { // a stack, by its first page
    if (count > 1) throw new Unfit(`holds ${count} pages: please save the one slice as a file`);
  }
  if (!full.length) throw new Unfit("holds no picture of full size: please save the slice anew");
  return full[0];
}

/** @param {Page} page */
function isReduced(page) {
  const kind = page.one(254, 0);
  return kind ? (kind & 1) === 1 : page.one(255, 0) === 2;
}

/**
 * The type of a page's values. What cannot be turned to grey or colours without loss is refused by its name.
 * @param {Page} page
 * @param {number} samples
 */
function kindOf(page, samples) {
  const [compression, photometric] = [page.one(259, 1), page.one(PHOTOMETRIC, BLACK)];
  if (!READ.includes(compression) && !IN_THE_APP.includes(compression)) {
    throw new Unfit(`is a TIFF compressed by ${nameIn(COMPRESSIONS, compression)}: ${SAVE}`);
  }
  if (!SHOWN.includes(photometric) && (photometric !== YCBCR || compression !== JPEG)) { // JPEG is decoded to RGB
    throw new Unfit(`is a TIFF with the colours ${nameIn(COLOURS, photometric)}: ${SAVE}`);
  }
  const { bits, dtype } = typeIn(page, samples);
  if (dtype === "int8") throw new Unfit(`is a TIFF of signed 8-bit values, too few for HU: ${SAVE}`);
  if (photometric === SEPARATED && (dtype !== "uint8" || samples < 4)) {
    throw new Unfit(`is a TIFF of printing inks of ${bits} bits: ${SAVE}`);
  }
  checkHere(compression, bits, photometric);
  return { bits, dtype };
}

/** @type {(page: Page, samples: number) => {bits: number, dtype: string}} */
function typeIn(page, samples) {
  const all = page.list(258).slice(0, samples);
  const bits = all[0] ?? 1;
  const same = all.every((each) => each === bits);
  const dtype = same ? typeOf(formatOf(page, samples), bits) : null;
  if (!dtype) {
    const size = same ? bits : `(${all.join(", ")})`;
    throw new Unfit(`is a TIFF of ${size}-bit values that are no plain numbers: ${SAVE}`);
  }
  return { bits, dtype };
}

/**
 * Refuse what only the app reads.
 * @param {number} compression
 * @param {number} bits
 * @param {number} photometric
 */
function checkHere(compression, bits, photometric) {
  if (IN_THE_APP.includes(compression) || (compression === JPEG && (bits !== 8 || photometric === SEPARATED))) {
    throw new Unfit(`is a TIFF compressed by ${nameIn(COMPRESSIONS, compression)}, ${ELSEWHERE}: ${SAVE}`);
  }
  if (bits > 16 && bits !== 32 && bits !== 64) throw new Unfit(`is a TIFF of ${bits}-bit values, ${ELSEWHERE}: ${SAVE}`);
}

/**
 * Whether the values are whole numbers, signed ones or floats.
 * @param {Page} page
 * @param {number} samples
 */
function formatOf(page, samples) {
  const formats = page.list(339).slice(0, samples);
  if (formats.some((format) => format !== formats[0])) throw new Error("its channels are of several types");
  return formats[0] ?? UNSIGNED;
}

/** @type {(names: Record<number, string>, number: number) => string} */
const nameIn = (names, number) => names[number] ?? `of an unknown kind (${number})`;

/** @type {(format: number, bits: number) => string | null}  What NumPy calls the type of a page's values. */
function typeOf(format, bits) {
  if (format === UNSIGNED || format === UNKNOWN) {
    if (bits === 1) return "bool";
    const size = [8, 16, 32].find((most) => bits > 1 && bits <= most);
    return size ? `uint${size}` : bits === 64 ? "uint64" : null;
  }
  if (format === SIGNED) return [8, 16, 32, 64].includes(bits) ? `int${bits}` : null;
  if (format === FLOAT && bits === 24) return "float32";
  return format === FLOAT && [16, 32, 64].includes(bits) ? `float${bits}` : null;
}

/**
 * The picture's channels, and its alpha if it has one.
 * @type {(page: Page, values: Values, samples: number, photometric: number) => {values: Values, channels: number,
 *   alpha: Values | null}}
 */
function splitAlpha(page, values, samples, photometric) {
  const channels = { [RGB]: 3, [YCBCR]: 3, [SEPARATED]: 4 }[photometric] ?? 1;
  if (samples < channels) throw new Error("some of its channels are missing");
  const own = samples === channels ? values : plane(values, samples, 0, channels);
  const [ASSOCIATED, UNASSOCIATED] = [1, 2];
  const meanings = page.list(338);
  let alpha = null;
  for (let c = channels; c < samples; c++) {
    const channel = plane(values, samples, c, 1);
    const meaning = meanings.length ? meanings[c - channels] : 0;
    const same = () => own.every((value, i) => value === channel[Math.floor(i / channels)]);
    if ((meaning === ASSOCIATED || meaning === UNASSOCIATED) && alpha === null) alpha = channel;
    else if (channel.some((value) => value !== channel[0]) && !same()) {
      throw new Unfit(`has ${samples} channels, and does not say what they are: ${SAVE}`);
    }
  }
  return { values: own, channels, alpha };
}

/**
 * Some channels of all pixels.
 * @type {(values: Values, samples: number, first: number, count: number) => Values}
 */
function plane(values, samples, first, count) {
  const out = /** @type {Uint8Array} */ (values.slice(0, (values.length / samples) * count));
  for (let i = 0; i < out.length; i++) out[i] = values[Math.floor(i / count) * samples + first + (i % count)];
  return out;
}

/**
 * The colours of the indices: 16 bits by the standard, 8 in files of programs that did not read it.
 * @param {Page} page
 * @param {Values} indices
 */
function paletteOf(page, indices) {
  const stored = page.list(320);
  const count = Math.floor(stored.length / 3);
  if (indices.some((index) => index >= count)) throw new Damaged("a pixel's colour is missing in its palette");
  const shift = stored.every((value) => value <= 255) ? 0 : 8;
  return Uint8Array.from({ length: 3 * count }, (_, i) => stored[(i % 3) * count + Math.floor(i / 3)] >> shift);
}

/**
 * A picture of cyan, magenta, yellow and black in red, green and blue.
 * @param {Raster} raster
 * @returns {Raster}
 */
function onScreen(raster) {
  const { values: inks, notes } = raster;
  const values = Uint8Array.from({ length: (inks.length / 4) * 3 }, (_, i) => {
    const pixel = 4 * Math.floor(i / 3);
    return Math.floor(((255 - inks[pixel + (i % 3)]) * (255 - inks[pixel + 3]) + 127) / 255);
  });
  return { ...raster, values, channels: 3, notes: [...notes, "Its printing inks (CMYK) were turned to screen colours."] };
}

/**
 * What ImageJ says of a file in its description, a line each.
 * @param {Page | undefined} page
 * @returns {Record<string, string>}
 */
function imagejOf(page) {
  const text = page?.descriptions.find((each) => each.startsWith("ImageJ="));
  return Object.fromEntries((text ?? "").split(/[\r\n]+/).flatMap((line) => {
    const at = line.indexOf("=");
    return at < 0 ? [] : [[line.slice(0, at).trim(), line.slice(at + 1).trim()]];
  }));
}

/**
 * Values after ImageJ's straight-line calibration, which it keeps when it opens a DICOM file.
 * @param {Raster} raster
 * @param {Record<string, string>} about
 * @returns {Raster}
 */
function calibrated(raster, { cf, c0, c1 }) {
  const [kind, offset, slope] = [cf, c0, c1].map((text) => (text ? Number(text) : NaN));
  if (kind !== 0 || Number.isNaN(offset) || Number.isNaN(slope) || (offset === 0 && slope === 1)) return raster;
  const narrow = raster.dtype === "float32" ? Math.fround : (/** @type {number} */ value) => value;
  const values = Float32Array.from(raster.values, (value) => narrow(value * narrow(slope)) + narrow(offset));
  const sum = `${short(slope)} x value ${offset < 0 ? "" : "+"}${short(offset)}`;
  const note = `ImageJ's calibration in the file was applied (${sum}).`;
  return { ...raster, values, dtype: "float32", white: null, notes: [...raster.notes, note] };
}
