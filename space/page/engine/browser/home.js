/* What is taken home of a case: the predicted mask as a PNG, and the figures, as space/take_home.py writes them. */

import { Refused } from "../port.js";
import { pngOf } from "../../png.js";
import { scoresOf } from "../../scores.js";
import { inverse, turned } from "../../turns.js";
import { millilitres } from "./case.js";

const NOTE = "For teaching only; no medical device.";
const MASKS = { nifti: "as a NIfTI file", seg: "as a DICOM segmentation" };

/**
 * @param {import("./opened.js").Opened} opened
 * @param {number} level
 * @param {import("../port.js").Kind} kind
 * @param {import("./answers.js").Facts} facts
 * @returns {Promise<{name: string, bytes: Uint8Array}>}
 */
export async function takeHome(opened, level, kind, facts) {
  const name = `${opened.seen.asRead.name}-${facts.word}`;
  if (kind === "csv" || kind === "json") {
    const { rows, totals } = await figures(opened, level);
    const origin = { model: facts.model, version: facts.version, target: facts.target, threshold: level / 255 };
    const text = kind === "csv" ? csv(rows, totals, origin) : json(rows, totals, origin);
    return { name: `${name}-figures.${kind}`, bytes: new TextEncoder().encode(text) };
  }
  if (kind !== "png" || opened.case.count > 1) {
    throw new Refused(`This page does not write masks ${kind === "png" ? "of several slices" : MASKS[kind]}: `
      + "the app that it was made from (python app.py) does.");
  }
  const { height, width } = opened.case;
  const marked = (await opened.prediction(level)).map((one) => 255 * one);
  const mask = turned(marked, width, height, inverse(opened.seen.turn));
  const picture = await pngOf(mask.pixels, mask.width, mask.height);
  return { name: `${name}-predicted-mask.png`, bytes: new Uint8Array(await picture.arrayBuffer()) };
}

/** @typedef {Record<string, number | string | null>} Row */

/**
 * The figures of each slice, from the feet up, and of the whole case; null where undefined or not known.
 * @param {import("./opened.js").Opened} opened
 * @param {number} level
 */
async function figures(opened, level) {
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
  /** @type {Row} */
  const totals = {
    slices: count, ...extent(all, "voxels", 1, scored), ...extent(all, "ml", millilitres(opened.seen.asRead), scored),
    ...scoresOrNone(all, scored),
    hausdorff_distance_mm: null, hausdorff95_distance_mm: null, mean_distance_mm: null,
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

/** @type {(rows: Row[], totals: Row, origin: Row) => string} */
function csv(rows, totals, origin) {
  const about = { ...origin, note: NOTE };
  const lines = [...rows, { slice: "all", ...totals }];
  const columns = [...new Set(["slice", ...lines.flatMap((line) => Object.keys(line)), ...Object.keys(about)])];
  const table = lines.map((line) => columns.map((name) => cell({ .../** @type {Row} */ (line), ...about }[name] ?? null)));
  return `\ufeff${[columns, ...table].map((row) => `${row.join(",")}\r\n`).join("")}`;
}

/**
 * What a spreadsheet shows as it is: nothing for what is undefined, and no formula.
 * @param {number | string | null} value
 */
function cell(value) {
  const text = typeof value === "string" && /^[=+\-@\t\r]/.test(value) ? `'${value}` : String(value ?? "");
  return /[",\r\n]/.test(text) ? `"${text.replaceAll("\"", "\"\"")}"` : text;
}

/** @type {(rows: Row[], totals: Row, origin: Row) => string} */
function json(rows, totals, origin) {
  return JSON.stringify({ ...origin, note: NOTE, all: totals, slices: rows }, null, 1);
}
