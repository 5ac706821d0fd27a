/* A DICOM segmentation -> labels on a CT's own grid: space/readers/seg.py in JavaScript.

   DICOM PS3.3: A.51 and C.8.20 (segmentation), A.86 (label map). */

import { Refused } from "../../port.js";
import { toScreen } from "../case.js";
import { datasetOf } from "./dataset.js";
import { or, textOf, whole } from "./frames.js";
import { isTooMuch } from "./guard.js";
import { TooLarge } from "./gzip.js";
import { BEYOND, EMPTY, laidOver, MANY } from "./overlay.js";
import { pixelsOf } from "./pixels.js";
import { framesOf } from "./seg_frames.js";
import { BEYOND_ALL, checkPatient, inSeries, seriesOf, stacked } from "./seg_places.js";
import { namesOf } from "./segments.js";
import { MAX_SIDE, MAX_VOXELS } from "./volume.js";

/**
 * @typedef {import("../case.js").Labels} Labels
 * @typedef {import("./dataset.js").Dataset} Dataset
 * @typedef {import("./seg_frames.js").Frame} Frame
 * @typedef {Pick<import("../answers.js").Facts, "target" | "anatomy">} Facts
 */

const MAX_FRAMES = 30_000;
const MAX_SETS = 65535;
const KINDS = ["BINARY", "FRACTIONAL", "LABELMAP"];
const DAMAGED = "The segmentation is damaged or cut off, or packed in a way that cannot be read here: please export it "
  + "again.";
const CONTRADICTS = "The segmentation is damaged: what its header says does not fit together. Please export it again.";
const TOO_LARGE = `The segmentation is too large: at most ${MAX_FRAMES.toLocaleString("en")} frames of at most ${MAX_SIDE} `
  + `x ${MAX_SIDE} pixels, and ${MAX_VOXELS >> 20} million voxels, can be read.`;
const HALF = "The segmentation holds fractions: a half and more counts as inside.";

/**
 * Read a segmentation.
 * @param {Uint8Array} data  A file's bytes.
 * @param {import("./overlay.js").Grid | null} grid  Of the CT that it is laid over; without it the labels stay on their own.
 * @param {Facts} facts
 * @returns {Promise<Labels>}
 */
export const readSeg = (data, grid, facts) => orSay(DAMAGED, () => readWhole(data, grid, facts));

/** @type {typeof readSeg} */
async function readWhole(data, grid, facts) {
  const { dataset, pixels } = await orSay(DAMAGED, () => opened(data));
  const { frames, names } = await orSay(CONTRADICTS, () => ({
    frames: framesOf(dataset), names: namesOf(dataset.get("SegmentSequence"), facts),
  }));
  names.delete("0"); // in a label map, the background may have a description
  if (names.size > MANY) {
    throw new Refused(`The segmentation has ${names.size} structures: at most ${MANY} can be read.`);
  }
  const notes = dataset.get("SegmentationType") === "FRACTIONAL" ? [HALF] : [];
  if (grid) {
    notes.push(...checkPatient(drawnOn(dataset, frames), textOf(dataset.get("FrameOfReferenceUID")), grid));
    const series = seriesOf(grid);
    const places = series && inSeries(frames, pixels, series);
    if (series && places) {
      const { beyond, ...found } = await filled(dataset, frames, names, { places, depth: series.instances.length, pixels });
      const layout = /** @type {import("../case.js").Layout} */ (grid.layout);
      return { ...found, volume: toScreen(layout, found.volume), notes: [...notes, ...beyond ? [BEYOND] : []] };
    }
  }
  const { places, affine } = stacked(frames);
  const depth = Math.max(...places) + 1;
  if (depth * pixels[0] * pixels[1] > MAX_VOXELS) throw new Refused(TOO_LARGE);
  const { beyond: _, ...found } = await filled(dataset, frames, names, { places, depth, pixels });
  return laidOver({ ...found, notes }, affine, grid);
}

/**
 * Whatever damaged bytes provoke becomes a sentence.
 * @template T
 * @param {string} sentence
 * @param {() => T | Promise<T>} read
 * @returns {Promise<T>}
 */
async function orSay(sentence, read) {
  try {
    return await read();
  } catch (error) {
    if (isTooMuch(error)) throw error;
    if (error instanceof TooLarge) throw new Refused(TOO_LARGE);
    throw error instanceof Refused ? error : new Refused(sentence);
  }
}

/**
 * What is needed of the file; a header that cannot be true is refused.
 * @param {Uint8Array} data
 */
function opened(data) {
  const dataset = datasetOf(data);
  if (!dataset.meta?.has("TransferSyntaxUID")) throw new Error("it does not say how its pixels are stored");
  const count = whole(or(dataset.get("NumberOfFrames"), 1));
  /** @type {[number, number]} */
  const pixels = [whole(dataset.get("Rows")), whole(dataset.get("Columns"))];
  const sound = dataset.get("PerFrameFunctionalGroupsSequence").length === count
    && KINDS.includes(dataset.get("SegmentationType")) && dataset.get("SegmentSequence").length > 0
    && dataset.get("PixelData").length > 0;
  if (count < 1 || count > MAX_FRAMES || Math.min(...pixels) < 1 || Math.max(...pixels) > MAX_SIDE) {
    throw new Refused(TOO_LARGE);
  }
  if (!sound) throw new Refused(CONTRADICTS);
  return { dataset, pixels };
}

/**
 * The identifiers of the images that the segmentation names.
 * @param {Dataset} dataset
 * @param {Frame[]} frames
 */
function drawnOn(dataset, frames) {
  const listed = (dataset.get("ReferencedSeriesSequence") ?? [])
    .flatMap((/** @type {Dataset} */ series) => series.get("ReferencedInstanceSequence") ?? [])
    .map((/** @type {Dataset} */ instance) => textOf(instance.get("ReferencedSOPInstanceUID")));
  const named = new Set([...frames.flatMap(({ sources }) => sources.map(({ uid }) => uid)), ...listed]);
  named.delete("");
  return named;
}

/**
 * Put the frames into a stack; `beyond` says whether any mark lies outside it, too. Structures may overlap: a value stands
 * for a set of them.
 * @param {Dataset} dataset
 * @param {Frame[]} frames
 * @param {Map<string, string>} names
 * @param {{places: number[], depth: number, pixels: [number, number]}} stack
 */
async function filled(dataset, frames, names, { places, depth, pixels: [rows, columns] }) {
  const values = new Uint16Array(depth * rows * columns);
  const sets = new Sets();
  let beyond = false;
  for (const [index, frame] of frames.entries()) {
    const pixels = await orSay(DAMAGED, () => pixelsOf(dataset, index));
    if (pixels.rows !== rows || pixels.columns !== columns) throw new Refused(CONTRADICTS);
    const place = places[index];
    for (const { label, isMarked } of marks(pixels.pixels, frame, dataset)) {
      if (!names.has(label)) throw new Refused(CONTRADICTS);
      if (place === BEYOND_ALL) beyond = true;
      else sets.add(label, values.subarray(place * rows * columns, (place + 1) * rows * columns), pixels.pixels, isMarked);
    }
  }
  if (sets.all.length === 1 && !beyond) throw new Refused(EMPTY);
  const counts = new Uint32Array(sets.all.length);
  for (let i = 0; i < values.length; i++) counts[values[i]]++;
  /** @type {(label: string) => number} */
  const voxels = (label) => sets.all.reduce((sum, both, value) => sum + (both.includes(label) ? counts[value] : 0), 0);
  return {
    volume: { values, shape: /** @type {import("../case.js").Triple} */ ([columns, rows, depth]) },
    members: new Map(sets.all.map((labels, value) => [value, labels])),
    present: new Map([...names.keys()].map((label) => [label, voxels(label)])),
    names: new Map([...names].filter(([, name]) => name)), notes: [], beyond,
  };
}

/** Sets of structures, by the value that stands for each. */
class Sets {
  constructor() {
    /** @type {string[][]} */
    this.all = [[]];
    this.values = new Map([["", 0]]);
  }

  /**
   * Add a structure where it is marked.
   * @param {string} label
   * @param {Uint16Array} plane  The values so far.
   * @param {ArrayLike<number>} pixels
   * @param {(pixel: number) => boolean} isMarked
   */
  add(label, plane, pixels, isMarked) {
    const before = new Uint8Array(this.all.length);
    for (let i = 0; i < plane.length; i++) if (isMarked(pixels[i])) before[plane[i]] = 1;
    const after = Uint16Array.from(before, (occurs, old) => (occurs ? this.with(old, label) : old));
    for (let i = 0; i < plane.length; i++) if (isMarked(pixels[i])) plane[i] = after[plane[i]];
  }

  /** @type {(old: number, label: string) => number} */
  with(old, label) {
    const both = [...new Set([...this.all[old], label])].sort((one, other) => Number(one) - Number(other));
    const known = this.values.get(both.join());
    if (known !== undefined) return known;
    if (this.all.length >= MAX_SETS) throw new Refused(TOO_LARGE);
    this.values.set(both.join(), this.all.length);
    return this.all.push(both) - 1;
  }
}

/**
 * The structures that a frame marks, and which pixels do.
 * @param {ArrayLike<number>} pixels
 * @param {Frame} frame
 * @param {Dataset} dataset
 * @returns {{label: string, isMarked: (pixel: number) => boolean}[]}
 */
function marks(pixels, { segment }, dataset) {
  if (dataset.get("SegmentationType") === "LABELMAP") {
    const nothing = [0, dataset.get("PixelPaddingValue")];
    const found = [...new Set(Array.from(pixels))].filter((value) => !nothing.includes(value));
    return found.sort((one, other) => one - other).map((value) => ({
      label: String(value), isMarked: (pixel) => pixel === value,
    }));
  }
  const binary = dataset.get("SegmentationType") === "BINARY";
  const least = binary ? 1 : whole(or(dataset.get("MaximumFractionalValue"), 255)) / 2;
  const isMarked = (/** @type {number} */ pixel) => pixel >= least;
  return Array.prototype.some.call(pixels, isMarked) ? [{ label: segment, isMarked }] : [];
}
