/* A whole case in figures: a row for each slice, and what they are together, as in space/whole.py. */

import { scoresOf } from "../../scores.js";
import { millilitres } from "./case.js";
import { surfaceDistances } from "./surfaces.js";

/** @typedef {Record<string, number | string | null>} Row */

/**
 * How far the surfaces of prediction and mask are apart; unknown without a mask or the size of a voxel.
 * @param {import("./opened.js").Opened} opened
 * @param {number} level
 * @returns {Promise<import("../port.js").Distances>}
 */
export async function distances(opened, level) {
  const { reference, case: one } = opened;
  if (!reference || !one.spacing || one.count === 1) return { hausdorff: null, hausdorff95: null, mean: null };
  return surfaceDistances(await opened.prediction(level), reference, [one.count, one.height, one.width], one.spacing);
}

/**
 * The figures of each slice, from the feet up, and of the whole case; null where undefined or not known.
 * @param {import("./opened.js").Opened} opened
 * @param {number} level
 */
export async function figures(opened, level) {
  const { count, spacing } = opened.case;
  const scored = opened.reference !== null;
  const places = Array.from({ length: count }, (_, k) => k);
  const counts = (await opened.tables(places)).map((table) => table[level]);
  const pixelMm2 = spacing && spacing[1] * spacing[2];
  /** @type {Row[]} */
  const rows = counts.map((row, k) => ({
    slice: k + 1, ...extent(row, "pixels", 1, scored), ...extent(row, "mm2", pixelMm2, scored), ...scoresOrNone(row, scored),
  }));
  const all = /** @type {[number, number, number]} */ ([0, 1, 2].map((i) => counts.reduce((sum, row) => sum + row[i], 0)));
  const apart = await distances(opened, level);
  /** @type {Row} */
  const totals = {
    slices: count, ...extent(all, "voxels", 1, scored), ...extent(all, "ml", millilitres(opened.seen.asRead), scored),
    ...scoresOrNone(all, scored),
    ...Object.fromEntries(Object.entries(apart).map(([name, value]) => [`${name}_distance_mm`, value])),
  };
  return { rows, totals };
}

/** @type {(counts: [number, number, number], unit: string, size: number | null, scored: boolean) => Row} */
function extent([tp, fp, fn], unit, size, scored) {
  return {
    [`predicted_${unit}`]: size === null ? null : (tp + fp) * size,
    [`mask_${unit}`]: size === null || !scored ? null : (tp + fn) * size,
  };
}

/** @type {(counts: [number, number, number], scored: boolean) => Row} */
function scoresOrNone([tp, fp, fn], scored) {
  const { dice, iou, precision, recall } = scoresOf(tp, fp, fn);
  const known = Object.entries({ dice, iou, precision, recall });
  return Object.fromEntries(known.map(([name, value]) => [name, scored && Number.isFinite(value) ? value : null]));
}
