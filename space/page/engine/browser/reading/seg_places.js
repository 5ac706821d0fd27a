/* Where the frames of a DICOM segmentation belong: to the slices of a series, or into an even stack of their own. As in
   space/readers/seg_places.py.

   A frame belongs to the slice that it names, or that lies where it lies. What a frame names is held against where it says
   that it lies: some programs name the nearest slice of a frame that has other pixels. */

import { Refused } from "../../port.js";
import { rint } from "../numbers.js";
import { ELSEWHERE } from "./overlay.js";
import { cross, dot, length, minus, times } from "./vectors.js";

/**
 * @typedef {import("../case.js").Affine} Affine
 * @typedef {import("../case.js").Triple} Triple
 * @typedef {import("./overlay.js").Grid} Grid
 * @typedef {import("./seg_frames.js").Frame} Frame
 */
/**
 * @typedef {object} Series  The slices of a DICOM series as they are stored.
 * @property {{uid: string, frame: number, position: Triple}[]} instances  Along the source's slices.
 * @property {Triple} across  From column to column, in mm.
 * @property {Triple} down  From row to row.
 * @property {Triple} between  From slice to slice.
 * @property {[number, number]} pixels  Rows and columns.
 */

/** The place of a frame that lies outside the series. */
export const BEYOND_ALL = -1;

const SAME_PLACE = 0.015; // mm
const OTHER_SERIES = "The segmentation was made on another series, in the same space as this one.";
const NOWHERE = "The segmentation does not say where its frames lie, and names no slice of this scan.";
const UNEVEN = "The segmentation's frames do not lie evenly in space: it cannot be laid over these slices.";

/**
 * The series that a case was read from; null if it is no DICOM, or does not say where its slices lie.
 * @param {Grid} grid
 * @returns {Series | null}
 */
export function seriesOf({ shape, layout }) {
  if (!layout?.affine || !layout.instances.length || layout.instances.some(({ position }) => !position)) return null;
  const instances = /** @type {Series["instances"]} */ (layout.instances);
  const [columns, rows] = [0, 1].map((axis) => shape[layout.axes.indexOf(axis)]);
  const [across, down, between] = [0, 1, 2].map((axis) => (
    /** @type {Triple} */ (/** @type {Affine} */ (layout.affine).slice(0, 3).map((row) => row[axis]))));
  const stored = layout.flips.includes(0) ? [...instances].reverse() : instances;
  return { instances: stored, across, down, between, pixels: [rows, columns] };
}

/**
 * Refuse what was drawn on images that are not these, in a space that is not theirs.
 * @param {Set<string>} drawnOn  Identifiers of the images.
 * @param {string} there  The identifier of the space.
 * @param {Grid} grid
 * @returns {string[]}  What is to be said.
 */
export function checkPatient(drawnOn, there, { layout }) {
  const own = (layout?.instances ?? []).map(({ uid }) => uid).filter(Boolean);
  if (!own.length || own.some((uid) => drawnOn.has(uid))) return [];
  const here = layout?.frameOfReference;
  const isKnown = here && there; // of both
  if (isKnown ? here !== there : drawnOn.size) throw new Refused(ELSEWHERE);
  return drawnOn.size ? [OTHER_SERIES] : [];
}

/**
 * Which slice of a series each frame belongs to, or BEYOND_ALL; null if the frames have other pixels than the slices, or lie
 * between them.
 * @param {Frame[]} frames
 * @param {[number, number]} pixels
 * @param {Series} series
 * @returns {number[] | null}
 */
export function inSeries(frames, pixels, series) {
  if (pixels.join() !== series.pixels.join()) return null;
  const named = new Map(series.instances.filter(({ uid }) => uid).map((one, place) => [nameOf(one), place]));
  if (named.size < series.instances.length) named.clear(); // identifiers were taken out, or occur twice
  const places = frames.map((frame) => placeOf(frame, named, series));
  const known = places.filter((place) => place !== null);
  return known.length === places.length && known.some((place) => place > BEYOND_ALL) ? known : null;
}

/** @type {(image: {uid: string, frame: number}) => string} */
const nameOf = ({ uid, frame }) => `${uid} ${frame}`;

/** @type {(frame: Frame, named: Map<string, number>, series: Series) => number | null} */
function placeOf(frame, named, series) {
  const said = [...new Set(frame.sources.flatMap((source) => named.get(nameOf(source)) ?? []))];
  if (said.length > 1 || !hasAxesOf(series, frame)) return null;
  if (!frame.position) return named.size ? said[0] ?? BEYOND_ALL : null;
  const found = nearest(series, frame.position);
  const fits = (/** @type {number} */ aside, /** @type {number} */ along) => found.aside <= aside && found.along <= along;
  if (said.length) return found.place === said[0] && fits(0.5, 0.5) ? found.place : null;
  if (found.along > 0.5) return BEYOND_ALL;
  return fits(0.05, 0.1) ? found.place : null;
}

/**
 * Whether a frame has the slices' directions and pixel size; one that says nothing does.
 * @param {Series} series
 * @param {Frame} frame
 */
function hasAxesOf({ across, down, pixels }, { axes, mm }) {
  if (!axes || !mm) return true;
  const apart = [...minus(times(axes[0], mm[1]), across), ...minus(times(axes[1], mm[0]), down)].map(Math.abs);
  return Math.max(...apart) * Math.max(...pixels) < 0.5 * length(across);
}

/**
 * The slice nearest to a frame, and how far its first pixel is away, in pixels and in slices.
 * @param {Series} series
 * @param {Triple} position
 */
function nearest({ instances, across, down, between }, position) {
  const upright = cross(across, down);
  const normal = times(upright, 1 / length(upright));
  const away = instances.map((instance) => minus(position, instance.position));
  const along = away.map((way) => Math.abs(dot(way, normal)));
  const place = along.reduce((best, far, i) => (far < along[best] ? i : best), 0);
  const aside = minus(away[place], times(normal, dot(away[place], normal)));
  return { place, aside: length(aside) / length(across), along: along[place] / Math.abs(dot(between, normal)) };
}

/**
 * Which slice of an even stack each frame is, and the stack's affine from (column, row, slice).
 * @param {Frame[]} frames
 * @returns {{places: number[], affine: Affine}}
 */
export function stacked(frames) {
  const [{ axes, mm, between, thickness }] = frames;
  const positions = frames.flatMap(({ position }) => (position ? [position] : []));
  if (!axes || !mm || positions.length < frames.length) throw new Refused(NOWHERE);
  if (frames.some((frame) => !frame.axes || !isNear(frame.axes, axes) || frame.mm?.join() !== mm.join())) {
    throw new Refused(UNEVEN);
  }
  const normal = cross(...axes);
  const at = positions.map((position) => dot(position, normal));
  const levels = [...new Set(at.map((one) => rint(one * 1000) / 1000))].sort((one, other) => one - other);
  const apart = levels.slice(1).map((level, i) => level - levels[i]).filter((way) => way > SAME_PLACE);
  for (const step of [between, apart.length ? Math.min(...apart) : thickness || 1]) { // what a header says may be wrong
    const found = step ? evenly(positions, at, step, normal) : null;
    if (!found) continue;
    const [across, down] = [times(axes[0], mm[1]), times(axes[1], mm[0])];
    const affine = [0, 1, 2].map((m) => [across[m], down[m], found.along[m], found.low[m]]);
    return { places: found.places, affine: [...affine, [0, 0, 0, 1]] };
  }
  throw new Refused(UNEVEN);
}

/** @type {(one: [Triple, Triple], other: [Triple, Triple]) => boolean} */
const isNear = (one, other) => one.flat().every((value, i) => Math.abs(value - other.flat()[i]) <= 1e-3);

/**
 * The places of frames in a stack of this step, the way to the next one, and the lowest; null if they do not fit.
 * @param {Triple[]} positions
 * @param {number[]} at  How far along the normal.
 * @param {number} step
 * @param {Triple} normal
 */
function evenly(positions, at, step, normal) {
  const [lowest, highest] = [Math.min(...at), Math.max(...at)]; // at most as many as a segmentation may have frames
  const places = at.map((one) => rint((one - lowest) / step));
  const [low, high] = [positions[at.indexOf(lowest)], positions[at.indexOf(highest)]];
  const most = Math.max(...places);
  const along = /** @type {Triple} */ (most ? minus(high, low).map((way) => way / most) : times(normal, step));
  const fits = positions.every((position, i) => (
    minus(minus(position, low), times(along, places[i])).every((far) => Math.abs(far) <= 0.1 * step)));
  return fits ? { places, along, low } : null;
}
