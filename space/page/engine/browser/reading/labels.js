/* A label volume, NIfTI or DICOM SEG -> labels on a CT's own grid: space/readers/labels.py in JavaScript. */

import { Refused } from "../../port.js";
import { CONTOURS, kindOf, SEGMENTATION } from "./kinds.js";
import { isNifti, opened, slab } from "./nifti.js";
import { EMPTY, laidOver, MANY } from "./overlay.js";
import { readSeg } from "./seg.js";

/**
 * @typedef {import("../answers.js").Facts} Facts
 * @typedef {import("../case.js").Labels} Labels
 */

export const NO_LABELS = "The mask holds no labels: its values are not whole numbers from 0 up.";
export const NO_MASK = "The mask is no label volume that can be read: please give it as NIfTI or as DICOM SEG.";
const ALIKE = 0.5; // of neighbours; in an image with noise few are
export const OUTLINES = "The mask is a set of contours (RTSTRUCT), which cannot be read here. Convert it first: in 3D "
  + "Slicer load it with its scan, and export it from the module Segmentations as a DICOM SEG or as a label map in NIfTI; "
  + "or use dcmrtstruct2nii or plastimatch.";

/**
 * Read a label volume, and lay it over a CT by where both lie in space.
 * @param {Uint8Array} data  A file's bytes.
 * @param {import("./overlay.js").Grid | null} grid  Of the CT; without it the labels stay on their own.
 * @param {Facts} facts
 * @returns {Promise<Labels>}
 */
export async function readLabels(data, grid, facts) {
  const kind = kindOf(data, facts.marks)?.kind;
  if (kind === CONTOURS) throw new Refused(OUTLINES);
  if (kind === SEGMENTATION) return readSeg(data, grid, facts);
  if (!isNifti(data)) throw new Refused(NO_MASK);
  const image = opened(data);
  const values = wholeNumbers(image);
  const counts = new Uint32Array(65536);
  for (let i = 0; i < values.length; i++) counts[values[i]]++;
  const numbers = [...counts.keys()].filter((value) => value && counts[value]);
  if (!numbers.length) throw new Refused(EMPTY);
  if (numbers.length > MANY) {
    throw new Refused(`The mask has ${numbers.length} values, as a picture has: it is no label volume.`);
  }
  return laidOver({
    volume: { values, shape: image.shape }, names: new Map(), notes: image.notes,
    members: new Map(numbers.map((value) => [value, [String(value)]])),
    present: new Map(numbers.map((value) => [String(value), counts[value]])),
  }, image.affine, grid);
}

/**
 * Tell a NIfTI label map from an image of whole numbers, as MR is: in a label map, neighbours mostly are alike.
 * @param {Uint8Array} data
 * @param {Facts} facts
 */
export async function isLabelMap(data, facts) {
  try {
    const { volume: { values, shape: [depth, height, width] } } = await readLabels(data, null, facts);
    const size = height * width;
    const planes = Array.from({ length: depth }, (_, k) => values.subarray(k * size, (k + 1) * size));
    const marked = planes.map((plane) => plane.reduce((sum, value) => sum + Number(value > 0), 0));
    return alike(planes[marked.indexOf(Math.max(...marked))], width);
  } catch (error) {
    if (error instanceof Refused) return false;
    throw error;
  }
}

/** @type {(plane: Uint16Array, width: number) => boolean}  Whether most marked voxels are like the one above. */
function alike(plane, width) {
  let [both, same] = [0, 0];
  for (let i = width; i < plane.length; i++) {
    if (!plane[i] || !plane[i - width]) continue;
    both++;
    same += Number(plane[i] === plane[i - width]);
  }
  return !both || same / both >= ALIKE;
}

/** @param {import("./nifti.js").Image} image */
function wholeNumbers(image) {
  const size = image.shape[0] * image.shape[1];
  const values = new Uint16Array(size * image.shape[2]);
  for (let k = 0; k < image.shape[2]; k++) {
    const stored = slab(image, k);
    if (!stored.every((value) => value >= 0 && value <= 65535 && Number.isInteger(value))) throw new Refused(NO_LABELS);
    values.set(stored, k * size);
  }
  return values;
}
