/* The header of a NIfTI file, NIfTI-1 or NIfTI-2, checked and mended as nibabel does it for the app.

   https://nifti.nimh.nih.gov/nifti-1, https://nifti.nimh.nih.gov/nifti-2 */

import { Refused } from "../../port.js";
import { DAMAGED } from "./guard.js";

/**
 * @typedef {"Int16" | "Int32" | "Float32" | "Float64" | "BigInt64" | "Uint8"} Kind
 * @typedef {Record<string, [Kind, number, number?]>} Fields  Of which kind, where, and how many.
 */
/**
 * @typedef {object} Header
 * @property {boolean} little  Whether the lowest byte of a number comes first.
 * @property {number[]} shape
 * @property {number} datatype
 * @property {number} offset  Of the voxels, in bytes.
 * @property {number} slope
 * @property {number} intercept
 * @property {number[]} pixdim  Its factor for the third axis (1 or -1), then the voxel's sides.
 * @property {boolean} isSizeLost  Whether one of these is none: 1 is put in its place.
 * @property {number} units
 * @property {[number, number]} codes  Of the sform and the qform.
 * @property {number[]} quaternion  b, c and d.
 * @property {number[]} qoffset
 * @property {number[]} srow  Three rows of four numbers.
 * @property {number} precision  Of the quaternion's numbers.
 */

/** @type {Fields} */
const NIFTI_1 = {
  dim: ["Int16", 40, 8], datatype: ["Int16", 70], pixdim: ["Float32", 76, 8], offset: ["Float32", 108],
  slope: ["Float32", 112], intercept: ["Float32", 116], units: ["Uint8", 123], qform: ["Int16", 252], sform: ["Int16", 254],
  quaternion: ["Float32", 256, 3], qoffset: ["Float32", 268, 3], srow: ["Float32", 280, 12], size: ["Int32", 0],
};
/** @type {Fields} */
const NIFTI_2 = {
  dim: ["BigInt64", 16, 8], datatype: ["Int16", 12], pixdim: ["Float64", 104, 8], offset: ["BigInt64", 168],
  slope: ["Float64", 176], intercept: ["Float64", 184], units: ["Int32", 500], qform: ["Int32", 344], sform: ["Int32", 348],
  quaternion: ["Float64", 352, 3], qoffset: ["Float64", 376, 3], srow: ["Float64", 400, 12], size: ["Int32", 0],
};
const BYTES = { Uint8: 1, Int16: 2, Int32: 4, Float32: 4, Float64: 8, BigInt64: 8 };
const [SIZE_1, SIZE_2] = [348, 540];
const LINE_ENDS = [[0, 0, 0, 0], [13, 10, 26, 10]]; // where a transfer as text would show
const CODES = 5; // of sform and qform
const DAMAGE = new Refused(DAMAGED);

/**
 * @param {Uint8Array} data
 * @returns {Header}
 */
export function headerOf(data) {
  const isTwo = isNifti2(data);
  const size = isTwo ? SIZE_2 : SIZE_1;
  if (data.length < size) throw DAMAGE;
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const fields = isTwo ? NIFTI_2 : NIFTI_1;
  const little = isLittle(view, fields, size);
  /** @param {string} name */
  const of = (name) => numbers(view, fields[name], little);
  const [[offset], [rank, ...sides]] = [of("offset"), of("dim")];
  if (isTwo && !LINE_ENDS.some((ends) => ends.every((byte, i) => data[8 + i] === byte))) throw DAMAGE;
  if (!(offset >= size + 4)) throw DAMAGE; // the voxels would be read from the header
  checkExtensions(view, size + 4, offset, little);
  return {
    little, offset: Math.trunc(offset), shape: rank === 0 ? [0] : sides.slice(0, rank),
    ...scaling(of("slope")[0], of("intercept")[0]),
    datatype: of("datatype")[0], units: of("units")[0], pixdim: of("pixdim").map(mended),
    isSizeLost: isSizeLost(of("pixdim"), rank),
    codes: [codeOf(of("sform")[0]), codeOf(of("qform")[0])],
    quaternion: of("quaternion"), qoffset: of("qoffset"), srow: of("srow"), precision: isTwo ? 2 ** -52 : 2 ** -23,
  };
}

/** @type {(slope: number, intercept: number) => {slope: number, intercept: number}} */
function scaling(slope, intercept) {
  if (slope === 0 || !Number.isFinite(slope)) return { slope: 1, intercept: 0 };
  if (!Number.isFinite(intercept)) throw DAMAGE;
  return { slope, intercept };
}

/** @param {Uint8Array} data */
export const isNifti2 = (data) => String.fromCharCode(...data.subarray(4, 8)) === "n+2\0";

/** @type {(value: number, place: number) => number} */
function mended(value, place) {
  if (place === 0) return value === -1 ? -1 : 1;
  if (place > 3) return value;
  return value === 0 ? 1 : Math.abs(value);
}

/** @type {(pixdim: number[], rank: number) => boolean} */
function isSizeLost([way, ...sizes], rank) {
  return ![-1, 0, 1].includes(way) || sizes.slice(0, Math.min(3, rank)).includes(0);
}

/** @type {(code: number) => number} */
const codeOf = (code) => (code >= 0 && code <= CODES ? code : 0);

/** @type {(view: DataView, field: [Kind, number, number?], little: boolean) => number[]} */
function numbers(view, [kind, at, count = 1], little) {
  return Array.from({ length: count }, (_, i) => Number(view[`get${kind}`](at + i * BYTES[kind], little)));
}

/** @type {(view: DataView, fields: Fields, size: number) => boolean} */
function isLittle(view, fields, size) {
  const [rank] = numbers(view, fields.dim, true);
  return rank === 0 ? numbers(view, fields.size, false)[0] !== size : rank > 0 && rank <= 7;
}

/** @type {(view: DataView, at: number, end: number, little: boolean) => void}  Refuse extensions that are cut off. */
function checkExtensions(view, at, end, little) {
  if (view.byteLength < at || view.getUint8(at - 4) === 0) return;
  while (end - at >= 16) {
    if (view.byteLength < at + 8) throw DAMAGE;
    const length = view.getInt32(at, little);
    if (length < 8 || view.byteLength < at + length) throw DAMAGE;
    at += length;
  }
}
