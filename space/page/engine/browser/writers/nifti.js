/* A mask -> NIfTI, where its CT lies, as space/writers/nifti.py writes it. Nothing of the CT's own header is taken over but
   that. https://nifti.nimh.nih.gov/nifti-1 */

import { Refused } from "../../port.js";
import { toSource } from "../case.js";
import { determinant, sizesOf } from "../reading/geometry.js";

/**
 * @typedef {import("../case.js").Affine} Affine
 * @typedef {import("../case.js").Case} Case
 */

const PICTURE = "A picture does not say where it lies, and NIfTI needs that: please take the mask as PNG.";
const NO_GRID = "The slices do not lie evenly in space, or do not say where they lie, and NIfTI cannot hold that: please "
  + "take the mask as DICOM SEG or PNG.";
const SCANNER = 1; // NIfTI's code for the scanner's own axes
const [SIZE, OFFSET, UINT8, BITS, MILLIMETRES] = [348, 352, 2, 8, 2];

/**
 * A mask as a .nii.gz file. That of a NIfTI volume has its axes and affine; that of a DICOM series has columns, rows and
 * slices from the feet up as its axes.
 * @param {Uint8Array} mask  1 where it is, on the case's grid.
 * @param {Case} one
 * @returns {Promise<Uint8Array>}
 */
export async function niftiMask(mask, one) {
  const { layout } = one;
  if (!layout?.affine) throw new Refused(PICTURE);
  if (!one.affine) throw new Refused(NO_GRID);
  const [depth, height, width] = [one.count, one.height, one.width];
  const own = layout.codes !== null;
  const { values, shape } = own ? toSource(layout, { values: mask, shape: [depth, height, width] })
    : { values: mask, shape: [width, height, depth] };
  const header = headerOf(shape, own ? layout.affine : one.affine, layout.codes ?? [SCANNER, SCANNER]);
  const parts = [header, /** @type {Uint8Array<ArrayBuffer>} */ (values)];
  const packed = new Blob(parts).stream().pipeThrough(new CompressionStream("gzip"));
  return new Uint8Array(await new Response(packed).arrayBuffer());
}

/**
 * @param {number[]} shape
 * @param {Affine} affine  To mm on DICOM's axes.
 * @param {[number, number]} codes  Of the sform and the qform that the file had.
 */
function headerOf(shape, affine, [sform, qform]) {
  const view = new DataView(new ArrayBuffer(OFFSET));
  /** @type {(at: number, values: number[]) => void} */
  const floats = (at, values) => values.forEach((value, i) => view.setFloat32(at + 4 * i, value, true));
  view.setInt32(0, SIZE, true);
  [3, ...shape, 1, 1, 1, 1].forEach((side, i) => view.setInt16(40 + 2 * i, side, true));
  view.setInt16(70, UINT8, true);
  view.setInt16(72, BITS, true);
  floats(108, [OFFSET, 1]); // and the slope
  view.setUint8(123, MILLIMETRES);
  "n+1".split("").forEach((letter, i) => view.setUint8(344 + i, letter.charCodeAt(0)));
  const code = sform || qform;
  // towards right, front and head
  const lies = affine.map((row, m) => row.map((value) => (m < 2 ? -value : value)));
  const turn = turnOf(lies);
  floats(76, [code ? turn.side : 1, ...sizesOf(affine), 1, 1, 1, 1]);
  if (!code) return view.buffer; // then its size alone says where it lies
  view.setInt16(254, code, true);
  floats(280, lies.slice(0, 3).flat());
  if (!turn.holds) return view.buffer; // a qform holds no leaning stack
  view.setInt16(252, code, true);
  floats(256, [...turn.quaternion, ...lies.slice(0, 3).map((row) => row[3])]);
  return view.buffer;
}

/**
 * The turn of an affine as a quaternion, b, c and d; whether it is no more than a turn, and of which side its third axis is.
 * @param {Affine} affine
 */
function turnOf(affine) {
  const sizes = sizesOf(affine);
  const side = determinant(affine) < 0 ? -1 : 1;
  const signs = [1, 1, side];
  const m = affine.slice(0, 3).map((row) => signs.map((sign, axis) => (row[axis] / sizes[axis]) * sign));
  const traces = [
    1 + m[0][0] + m[1][1] + m[2][2], 1 + m[0][0] - m[1][1] - m[2][2],
    1 - m[0][0] + m[1][1] - m[2][2], 1 - m[0][0] - m[1][1] + m[2][2],
  ];
  const best = traces.indexOf(Math.max(...traces)); // of the four numbers, the largest
  const [d21, d02, d10] = [m[2][1] - m[1][2], m[0][2] - m[2][0], m[1][0] - m[0][1]];
  const [s10, s20, s21] = [m[0][1] + m[1][0], m[0][2] + m[2][0], m[1][2] + m[2][1]];
  const all = [
    [traces[0], d21, d02, d10], [d21, traces[1], s10, s20], [d02, s10, traces[2], s21], [d10, s20, s21, traces[3]],
  ][best];
  const length = Math.sqrt(all.reduce((sum, value) => sum + value * value, 0)) * (all[0] < 0 ? -1 : 1);
  const [a, b, c, d] = all.map((value) => value / length);
  const again = [
    [1 - 2 * (c * c + d * d), 2 * (b * c - a * d), 2 * (b * d + a * c)],
    [2 * (b * c + a * d), 1 - 2 * (b * b + d * d), 2 * (c * d - a * b)],
    [2 * (b * d - a * c), 2 * (c * d + a * b), 1 - 2 * (b * b + c * c)],
  ];
  const holds = again.every((row, i) => row.every((value, axis) => {
    const wanted = m[i][axis] * sizes[axis];
    return Math.abs(value * sizes[axis] - wanted) <= 1e-3 + 1e-5 * Math.abs(wanted);
  }));
  return { quaternion: [b, c, d], side, holds };
}
