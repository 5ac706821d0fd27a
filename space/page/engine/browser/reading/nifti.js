/* A NIfTI volume -> a case: NIfTI-1 and NIfTI-2 in one file, with any axes: space/readers/nifti.py in JavaScript. */

import { Refused } from "../../port.js";
import { rounded, SCALES } from "../modality.js";
import { short } from "../numbers.js";
import { determinant, sizesOf } from "./geometry.js";
import { DAMAGED } from "./guard.js";
import { headerOf, isNifti2 } from "./nifti_header.js";
import { looksLikeCt } from "./values.js";
import { asCase, MAX_VOXELS, NO_HU } from "./volume.js";

/**
 * @typedef {import("../case.js").Affine} Affine
 * @typedef {import("../case.js").Triple} Triple
 * @typedef {import("./nifti_header.js").Header} Header
 */
/**
 * @typedef {object} Image  No voxel of it is read yet.
 * @property {Uint8Array} data
 * @property {Header} header
 * @property {Triple} shape  A picture is a volume of one slice.
 * @property {Affine} affine  To mm on DICOM's axes.
 * @property {string[]} notes
 */

const AIR_BELOW = -150;
const LOWEST_OF_CT = -900;
const NO_PLACE = "The NIfTI file does not say how its voxels lie in space: please convert it again, from DICOM.";
const NO_WAY_UP = "The file does not say how the patient lies: please check that the spine is at the bottom.";
const TWO_WAYS = "The file says in two ways how it lies in space (sform and qform), and they differ: the sform was taken.";
const TWO_SIZES = "The file says in two ways how large its voxels are, and they differ: the size in its sform was taken.";
const NO_NUMBERS = "Voxels without a number (NaN) were taken as background.";
const UNITS = [1, 1000, 1, 0.001]; // of lengths, in mm: unknown, metres, millimetres, microns
const OTHER_UNITS = 48; // the largest code of time, in steps of 8
const UINT8 = 2;

/** @type {Record<number, {name: string, kind: string, bytes: number, array?: any}>} */
const TYPES = {
  2: { name: "uint8", kind: "u", bytes: 1, array: Uint8Array }, 256: { name: "int8", kind: "i", bytes: 1, array: Int8Array },
  4: { name: "int16", kind: "i", bytes: 2, array: Int16Array },
  512: { name: "uint16", kind: "u", bytes: 2, array: Uint16Array },
  8: { name: "int32", kind: "i", bytes: 4, array: Int32Array },
  768: { name: "uint32", kind: "u", bytes: 4, array: Uint32Array },
  1024: { name: "int64", kind: "i", bytes: 8, array: BigInt64Array },
  1280: { name: "uint64", kind: "u", bytes: 8, array: BigUint64Array },
  16: { name: "float32", kind: "f", bytes: 4, array: Float32Array },
  64: { name: "float64", kind: "f", bytes: 8, array: Float64Array },
  32: { name: "complex64", kind: "c", bytes: 8 }, 1792: { name: "complex128", kind: "c", bytes: 16 },
  128: { name: "colours", kind: "V", bytes: 1 }, 2304: { name: "colours", kind: "V", bytes: 1 },
};

/**
 * Tell a NIfTI file, header and voxels in one, by its magic.
 * @param {Uint8Array} data
 */
export const isNifti = (data) => isNifti2(data) || String.fromCharCode(...data.subarray(344, 348)) === "n+1\0";

/**
 * @param {Uint8Array} data
 * @param {string} modality
 * @returns {import("../case.js").Case}
 */
export function readNifti(data, modality) {
  const image = opened(data);
  const { shape, header, affine, notes } = image;
  const { hu, low, high, unknown } = voxels(image, modality);
  if (modality !== "CT") checkGrey(hu, shape, low, high);
  else if (header.datatype === UINT8 || !(low >= -32768 && low <= AIR_BELOW)) throw new Refused(NO_HU);
  const name = `${modality} ${shape[2] > 1 ? "volume" : "slice"}`;
  const said = unknown ? [...notes, NO_NUMBERS] : notes;
  return asCase(name, { values: hu, shape }, affine, said, modality, { codes: header.codes });
}

/**
 * All values as they are kept, what the file's own span, and whether some are no numbers.
 * @param {Image} image
 * @param {string} modality
 */
function voxels(image, modality) {
  const { shape } = image;
  const scale = SCALES[modality];
  const size = shape[0] * shape[1];
  const hu = new Int16Array(size * shape[2]);
  let [low, high, unknown] = [Infinity, -Infinity, false];
  for (let k = 0; k < shape[2]; k++) {
    const values = slab(image, k);
    for (let i = 0; i < size; i++) {
      const value = values[i];
      hu[k * size + i] = rounded(value, scale);
      if (!Number.isFinite(value)) unknown = true;
      else if (value < low || value > high) [low, high] = [Math.min(low, value), Math.max(high, value)];
    }
  }
  return { hu, low, high, unknown };
}

/**
 * Refuse what is CT, or would be cut off.
 * @param {Int16Array} values
 * @param {Triple} shape
 * @param {number} low
 * @param {number} high
 */
function checkGrey(values, [width, height, depth], low, high) {
  const size = width * height;
  const middle = Float32Array.from(values.subarray(Math.floor(depth / 2) * size, (Math.floor(depth / 2) + 1) * size));
  if (low <= LOWEST_OF_CT && looksLikeCt({ width, height }, middle)) {
    throw new Refused(`This volume looks like CT (its values go down to ${short(low)}, and its middle slice fits Hounsfield `
      + "units), and the network knows MR only: please give axial MR.");
  }
  if (high > 32767) {
    throw new Refused(`This volume holds the value ${short(high)}: values up to 32767 can be read, so please divide all of `
      + "them.");
  }
}

/**
 * Refuses what is not one volume of numbers, or does not say where it lies.
 * @param {Uint8Array} data
 * @returns {Image}
 */
export function opened(data) {
  const header = headerOf(data);
  const { shape, units, datatype } = header;
  const lies = TYPES[datatype] ? ownAffine(header) : null;
  if (!lies) throw new Refused(DAMAGED);
  if (shape.length < 2 || shape.slice(3).some((side) => side > 1) || !"iuf".includes(TYPES[datatype].kind)) {
    throw new Refused(`The NIfTI file must hold one volume of numbers, and holds ${shape.map(BigInt).join(" x ")} of type `
      + `${typeInWords(header)}: please save one volume alone.`);
  }
  if (shape.reduce((all, side) => all * side) > MAX_VOXELS || Math.min(...shape) < 1) {
    throw new Refused(`The volume is too large: at most ${MAX_VOXELS >> 20} million voxels can be read.`);
  }
  if (!header.codes[0] && header.isSizeLost) throw new Refused(NO_PLACE);
  const unit = unitOf(units);
  // the axes of NIfTI run to the patient's right, front and head
  const affine = lies.map((row, m) => row.map((value) => (m < 2 ? -value : value) * (m < 3 ? unit : 1)));
  if (!isSound(affine)) throw new Refused(NO_PLACE);
  return { data, header, affine, shape: [shape[0], shape[1], shape[2] ?? 1], notes: remarks(header) };
}

/** @type {(header: Header) => string}  As NumPy writes it. */
function typeInWords({ datatype, little }) {
  const { name, kind, bytes } = TYPES[datatype];
  return little || bytes === 1 ? name : `>${kind}${bytes}`;
}

/** @type {(units: number) => number}  Millimetres that a length of 1 stands for. */
function unitOf(units) {
  const unit = UNITS[units & 7];
  const other = units & ~7; // of time
  if (unit === undefined || other < 0 || other > OTHER_UNITS) throw new Refused(DAMAGED);
  return unit;
}

/** @type {(affine: Affine) => boolean} */
function isSound(affine) {
  const sizes = sizesOf(affine);
  const isFlat = !(Math.abs(determinant(affine)) >= 0.1 * sizes[0] * sizes[1] * sizes[2]);
  return affine.flat().every(Number.isFinite) && !isFlat && Math.min(...sizes) > 0.02 && Math.max(...sizes) < 50;
}

/**
 * The values at one place of the third axis, scaled as the header says.
 * @param {Image} image
 * @param {number} k
 */
export function slab({ data, header, shape }, k) {
  const { bytes, array } = TYPES[header.datatype];
  const size = shape[0] * shape[1];
  const start = header.offset + k * size * bytes;
  if (start + size * bytes > data.length) throw new Refused(DAMAGED);
  const part = data.slice(start, start + size * bytes);
  if (!header.little) swapped(part, bytes);
  const stored = new array(part.buffer);
  const { slope, intercept } = header;
  const values = new Float64Array(size);
  for (let i = 0; i < size; i++) values[i] = Number(stored[i]) * slope + intercept;
  return values;
}

/** @type {(part: Uint8Array, bytes: number) => void} */
function swapped(part, bytes) {
  for (let i = 0; i < part.length; i += bytes) part.subarray(i, i + bytes).reverse();
}

/** @type {(header: Header) => Affine | null}  Where the voxels lie on NIfTI's axes; null where that makes no sense. */
function ownAffine(header) {
  const [sform, qform] = header.codes;
  if (sform) return sformOf(header);
  return qform ? qformOf(header) : plainOf(header);
}

/** @type {(header: Header) => Affine} */
const sformOf = ({ srow }) => [srow.slice(0, 4), srow.slice(4, 8), srow.slice(8), [0, 0, 0, 1]];

/** @type {(header: Header) => Affine | null} */
function qformOf({ quaternion, pixdim, qoffset, precision }) {
  const [b, c, d] = quaternion;
  const rest = 1 - (b * b + c * c + d * d);
  const isNone = Math.abs(rest) < 3 * precision;
  if (!isNone && rest < 0) return null;
  const a = isNone ? 0 : Math.sqrt(rest);
  const s = 2 / (a * a + b * b + c * c + d * d);
  const turn = [
    [1 - s * (c * c + d * d), s * (b * c - a * d), s * (b * d + a * c)],
    [s * (b * c + a * d), 1 - s * (b * b + d * d), s * (c * d - a * b)],
    [s * (b * d - a * c), s * (c * d + a * b), 1 - s * (b * b + c * c)],
  ];
  const sides = [pixdim[1], pixdim[2], pixdim[3] * pixdim[0]];
  return [...turn.map((row, m) => [...row.map((value, axis) => value * sides[axis]), qoffset[m]]), [0, 0, 0, 1]];
}

/** @type {(header: Header) => Affine}  Around the middle of the volume. */
function plainOf({ shape, pixdim }) {
  const sides = [0, 1, 2].map((axis) => (axis < shape.length ? pixdim[axis + 1] : 1) * (axis === 0 ? -1 : 1));
  const row = (/** @type {number} */ axis) => [0, 1, 2, 3].map((column) => {
    if (column === axis) return sides[axis];
    return column === 3 ? -sides[axis] * (((shape[axis] ?? 1) - 1) / 2) : 0;
  });
  return [row(0), row(1), row(2), [0, 0, 0, 1]];
}

/** @type {(header: Header) => string[]} */
function remarks(header) {
  const [sform, qform] = header.codes;
  if (!sform && !qform) return [NO_WAY_UP];
  if (!sform) return [];
  if (qform && !isNear(sformOf(header).flat(), qformOf(header)?.flat() ?? [], 1, 1e-5)) return [TWO_WAYS];
  const own = sizesOf(sformOf(header)).slice(0, header.shape.length);
  return isNear(header.pixdim.slice(1, 1 + own.length), own, 1e-8, 0.01) ? [] : [TWO_SIZES];
}

/** @type {(values: number[], others: number[], most: number, share: number) => boolean} */
function isNear(values, others, most, share) {
  if (!others.length) throw new Refused(DAMAGED);
  return values.every((value, i) => Math.abs(value - others[i]) <= most + share * Math.abs(others[i]));
}
