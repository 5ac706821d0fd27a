/* How a mask is laid over a CT: the CT's grid, and what becomes of labels that have another one. As in
   space/readers/overlay.py. */

import { Refused } from "../../port.js";
import { determinant, onto, sameGrid, turned } from "./geometry.js";

/**
 * @typedef {import("../case.js").Affine} Affine
 * @typedef {import("../case.js").Labels} Labels
 * @typedef {object} Grid  The grid of a case; its properties are those of a case.
 * @property {import("../case.js").Triple} shape  Slices, rows, columns.
 * @property {Affine | null} affine
 * @property {import("../case.js").Layout | null} layout
 */

export const MANY = 255;
export const EMPTY = "The mask is empty: it marks nothing anywhere.";
export const ELSEWHERE = "The mask lies elsewhere in space than this scan: does it belong to another patient or series?";
export const RESAMPLED = "The mask has another grid than the scan: each pixel took the label at its place, and nothing in "
  + "between.";
export const BEYOND = "Part of the mask lies outside this scan.";
const PICTURE = "A label volume (NIfTI or DICOM SEG) goes with DICOM or NIfTI, as a picture does not say where it lies: "
  + "please give the scan first, or both together.";
const NO_GRID = "The slices do not lie evenly in space, or do not say where they lie: a label volume cannot be laid over "
  + "them. Please give the whole series.";
const LOST = 0.8; // of the mask's volume that must arrive

/**
 * Where the voxels of a case lie.
 * @param {import("../case.js").Case} one
 * @returns {Grid}
 */
export const gridOf = ({ count, height, width, affine, layout }) => ({ shape: [count, height, width], affine, layout });

/**
 * Carry labels to a CT by where both lie in space.
 * @param {Labels} labels  On their own grid.
 * @param {Affine} affine  From (i, j, k, 1) to mm on DICOM's axes.
 * @param {Grid | null} grid  Without one they are only turned to the screen.
 * @returns {Labels}
 */
export function laidOver(labels, affine, grid) {
  const { volume, affine: own } = turned(labels.volume, affine);
  const seen = { ...labels, volume };
  if (!grid) return seen;
  if (!grid.affine) throw new Refused(grid.layout?.affine ? NO_GRID : PICTURE);
  if (sameGrid(grid.shape, grid.affine, volume.shape, own)) return seen;
  const placed = onto(grid.shape, grid.affine, volume, own);
  if (!placed) throw new Refused(ELSEWHERE);
  const isLost = marked(placed) * voxel(grid.affine) < LOST * marked(volume.values) * voxel(own);
  const notes = [...labels.notes, RESAMPLED, ...isLost ? [BEYOND] : []];
  return { ...labels, volume: { values: placed, shape: grid.shape }, notes };
}

/** @type {(values: Uint16Array) => number} */
const marked = (values) => values.reduce((sum, value) => sum + Number(value > 0), 0);

/** @type {(affine: Affine) => number}  Its volume in cubic millimetres. */
const voxel = (affine) => Math.abs(determinant(affine));
