/* DICOM files in any order -> a Case: the largest axial series among them, as space/readers/dicom.py reads it. */

import { Refused } from "../../port.js";
import { fixed, rint } from "../numbers.js";
import { isTooMuch } from "./guard.js";
import { framesOf, NO_AXES, NO_PLACES, NO_WAY_UP, textOf } from "./frames.js";
import { pixelsOf } from "./pixels.js";
import { translated } from "./rescale.js";
import { cross, dot, length, minus, times } from "./vectors.js";
import { asCase, MAX_VOXELS } from "./volume.js";

/**
 * @typedef {import("./dataset.js").Dataset} Dataset
 * @typedef {import("./frames.js").Frame} Frame
 */

const SAME_PLACE = 0.015; // mm
const MOST_APART = 1000; // mm
const EVEN = 0.1; // of a step
const TILTED = 1.0002; // 1 / cos(1 degree)
const DAMAGED = "A DICOM file is damaged or cut off, or compressed in a way that cannot be read here: please export it "
  + "again.";
const MISFIT = "A DICOM file is damaged: its pixels do not fit the size that it says.";
const NO_SENSE = "A DICOM file is damaged: its header makes no sense.";
const UNEVEN = "The slices are not evenly spaced.";
const TOO_HIGH = "The values of this series go beyond 32767, and cannot be read: please export it in fewer bits.";
const CUT_OFF = 0.001; // of the pixels: a few bright ones do no harm
const TILT = "The gantry was tilted: each slice is right, but the stack leans.";

/**
 * Read the largest series.
 * @param {Dataset[]} datasets
 * @param {string} modality
 * @returns {Promise<import("../case.js").Case>}
 */
export async function readDicom(datasets, modality) {
  /** @type {Map<string, Frame[]>} */
  const series = new Map();
  /** @type {Map<string, number>} */
  const refusals = new Map();
  for (const dataset of datasets) {
    const found = framesOrWhyNot(dataset, modality);
    if (typeof found === "string") refusals.set(found, (refusals.get(found) ?? 0) + 1);
    else for (const frame of found) listIn(series, frame.series).push(frame);
  }
  const commonest = [...refusals].sort(([, one], [, other]) => other - one);
  if (!series.size) throw new Refused(commonest[0][0]);
  const notes = commonest.map(([text, count]) => leftOut(count, text));
  const largest = [...series.values()].reduce((most, frames) => (frames.length > most.length ? frames : most));
  if (series.size > 1) notes.push(`These are ${series.size} series; the largest, with ${largest.length} slices, is shown.`);
  return stack(largest, notes, modality);
}

/** @type {(series: Map<string, Frame[]>, key: string) => Frame[]} */
function listIn(series, key) {
  if (!series.has(key)) series.set(key, []);
  return /** @type {Frame[]} */ (series.get(key));
}

/** @type {(dataset: Dataset, modality: string) => Frame[] | string} */
function framesOrWhyNot(dataset, modality) {
  try {
    dataset.check();
    return framesOf(dataset, modality);
  } catch (error) {
    if (error instanceof Refused) return error.message;
    if (isTooMuch(error)) throw error;
    return NO_SENSE; // whatever a damaged header provokes
  }
}

/**
 * What is said of files beside the series, for which nothing has to be done.
 * @param {number} count
 * @param {string} text
 */
function leftOut(count, text) {
  const reason = text.split(": please")[0].replace(/\.$/, "");
  return `${count === 1 ? "One file was" : `${count} files were`} left out (${reason[0].toLowerCase()}${reason.slice(1)}).`;
}

/** @type {(all: Frame[], notes: string[], modality: string) => Promise<import("../case.js").Case>} */
async function stack(all, notes, modality) {
  const normal = cross(...all[0].axes);
  const { frames, again } = inOrder(all, normal);
  if (again) notes.push(`${again} images lie where another one lies (copies or phases): the first of each is shown.`);
  const [first] = frames;
  const [rows, columns] = first.shape;
  if (frames.length * rows * columns > MAX_VOXELS) {
    throw new Refused(`The series is too large: at most ${MAX_VOXELS >> 20} million voxels can be read.`);
  }
  const { along, step, even } = steps(frames, normal, notes);
  const [across, down] = [times(first.axes[0], first.mm[1]), times(first.axes[1], first.mm[0])];
  const between = times(along, step || first.thickness || 1);
  const affine = [0, 1, 2].map((m) => [across[m], down[m], between[m], first.position[m]]);
  const values = new Int16Array(frames.length * rows * columns);
  for (const [place, frame] of frames.entries()) values.set(await pixelsIn(frame, modality), place * rows * columns);
  const assumed = [...new Set(frames.flatMap((frame) => frame.notes))].sort();
  return asCase(
    `${modality} ${frames.length > 1 ? "series" : "slice"}`, { values, shape: [columns, rows, frames.length] },
    [...affine, [0, 0, 0, 1]], [...notes, ...assumed], modality,
    {
      sizeKnown: first.sizeKnown, instances: frames.map((frame) => frame.instance),
      placeKnown: even && !assumed.includes(NO_WAY_UP) && !assumed.includes(NO_PLACES),
      frameOfReference: textOf(first.dataset.get("FrameOfReferenceUID")),
    },
  );
}

/**
 * Frames by where they lie, the first of those that lie at one place; how many others there are.
 * @param {Frame[]} all
 * @param {number[]} normal
 */
function inOrder(all, normal) {
  const placed = all.map((frame) => {
    const at = dot(frame.position, normal);
    return { frame, at, key: [Number(fixed(at, 2)), ...frame.order] };
  });
  placed.sort(({ key: one }, { key: other }) => {
    const differs = one.findIndex((value, i) => value !== other[i]);
    return differs < 0 ? 0 : one[differs] - other[differs];
  });
  const kept = placed.filter(({ at }, i) => i === 0 || at - placed[i - 1].at > SAME_PLACE);
  return { frames: kept.map(({ frame }) => frame), again: all.length - kept.length };
}

/**
 * The way from slice to slice, and what is to be said of it.
 * @param {Frame[]} frames
 * @param {import("../case.js").Triple} normal
 * @param {string[]} notes
 */
function steps(frames, normal, notes) {
  const at = frames.map((frame) => dot(frame.position, normal));
  const apart = at.slice(1).map((place, i) => place - at[i]);
  const step = apart.length ? median(apart) : 0;
  if (step > MOST_APART) throw new Refused(NO_AXES);
  const [first, last] = [frames[0], /** @type {Frame} */ (frames.at(-1))];
  const way = minus(last.position, first.position);
  const along = step ? /** @type {typeof way} */ (way.map((value) => value / (at[at.length - 1] - at[0]))) : normal;
  const missing = step ? apart.reduce((sum, one) => sum + rint(one / step) - 1, 0) : 0;
  const even = !step || apart.every((one) => Math.abs(one - step) <= EVEN * step);
  if (missing) notes.push(`About ${missing} slices are missing, so the slices are not evenly spaced.`);
  else if (!even) notes.push(UNEVEN);
  if (length(along) > TILTED) notes.push(TILT);
  return { along, step, even };
}

/** @param {number[]} values */
function median(values) {
  const sorted = Float64Array.from(values).sort();
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/**
 * HU, or grey values; padding becomes background. MONOCHROME1 is a way to display (PS3.3, C.7.6.3.1.2): it never inverts HU.
 * @param {Frame} frame
 * @param {string} modality
 * @returns {Promise<Int16Array>}
 */
async function pixelsIn(frame, modality) {
  const { dataset, index, shape } = frame;
  const plane = await pixelsOf(dataset, index).catch((error) => {
    throw error instanceof Refused ? error : new Refused(DAMAGED); // whatever damaged bytes provoke in a decoder
  });
  if (plane.rows !== shape[0] || plane.columns !== shape[1]) throw new Refused(MISFIT);
  const hu = translated(plane.pixels, frame, modality);
  if (modality === "CT") return hu;
  let highest = 0;
  for (let i = 0; i < hu.length; i++) highest += Number(hu[i] === 32767);
  if (highest / hu.length > CUT_OFF) throw new Refused(TOO_HIGH);
  return hu;
}
