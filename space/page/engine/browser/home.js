/* What is taken home of a whole case: the predicted mask on the grid of the person's own files, or the figures, as
   space/take_home.py writes them. */

import { Refused } from "../port.js";
import { inverse } from "../../turns.js";
import { turnedStack } from "./case.js";
import { figures } from "./whole.js";
import { niftiMask } from "./writers/nifti.js";
import { pngMask } from "./writers/png.js";

const NOTE = "For teaching only; no medical device.";
const NO_SEG = "This page does not write DICOM segmentations: the app that it was made from (python app.py) does.";

/**
 * @param {import("./opened.js").Opened} opened
 * @param {number} level
 * @param {import("../port.js").Kind} kind
 * @param {import("./answers.js").Facts} facts
 * @returns {Promise<{name: string, bytes: Uint8Array}>}
 */
export async function takeHome(opened, level, kind, facts) {
  const { asRead, turn } = opened.seen;
  const name = `${asRead.name}-${facts.word}`;
  if (kind === "csv" || kind === "json") {
    const { rows, totals } = await figures(opened, level);
    const origin = { model: facts.model, version: facts.version, target: facts.target, threshold: level / 255 };
    const text = kind === "csv" ? csv(rows, totals, origin) : json(rows, totals, origin);
    return { name: `${name}-figures.${kind}`, bytes: new TextEncoder().encode(text) };
  }
  if (kind === "seg") throw new Refused(NO_SEG);
  const predicted = await opened.prediction(level);
  const mask = turn ? turnedStack(predicted, opened.case, inverse(turn)) : predicted;
  if (kind === "nifti") return { name: `${name}-predicted-mask.nii.gz`, bytes: await niftiMask(mask, asRead) };
  return { name: `${name}-predicted-mask${asRead.count === 1 ? ".png" : "s.zip"}`, bytes: await pngMask(mask, asRead) };
}

/** @typedef {import("./whole.js").Row} Row */

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
