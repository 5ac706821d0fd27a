/* What the page's readers make of scans and masks, for whoever tries them: a job is {what: "scan", paths} | {what: "labels",
   paths, scan, label} | {what: "isLabels", paths}. */
import { createHash } from "node:crypto";
import fs from "node:fs";
import { basename } from "node:path";
import { Refused } from "../../space/page/engine/port.js";
import { millilitres } from "../../space/page/engine/browser/case.js";
import { isLabelVolume, readCaseLabels, readCaseMask } from "../../space/page/engine/browser/reading/label_volume.js";
import { Question } from "../../space/page/engine/browser/reading/question.js";
import { readCase } from "../../space/page/engine/browser/reading/reading.js";
import "./parts.mjs";

const digest = ({ buffer, byteOffset, byteLength }) => (
  createHash("sha256").update(new Uint8Array(buffer, byteOffset, byteLength)).digest("hex"));
// a file of any size is read when it is asked for
const fileAt = async (path) => {
  const blob = await fs.openAsBlob(path);
  return Object.defineProperty(blob, "name", { value: basename(path) });
};
const filesAt = (paths) => Promise.all(paths.map(fileAt));

const asStored = ({ affine, codes, axes, flips, frameOfReference, instances }) => ({
  stored: affine, codes, axes, flips, space: frameOfReference,
  instances: instances.map(({ uid, frame, number, position }) => [uid, frame, number, position]),
});

const tasks = {
  async scan({ paths, values = "auto", order = null }, facts) {
    const one = await readCase(await filesAt(paths), values, order, facts);
    const { name, count, height, width, spacing, affine, inHu, reading, notes, layout } = one;
    return {
      said: notes.join(" "), name, shape: [count, height, width], spacing, affine, inHu, reading, hu: digest(one.hu),
      type: one.hu.constructor.name, millilitres: millilitres(one), ...layout ? asStored(layout) : {},
    };
  },
  async labels({ paths, scan, label = null, order = null }, facts) {
    const one = await readCase(await filesAt(scan), "auto", order, facts);
    const files = await filesAt(paths);
    const { organ, notes } = await readCaseMask(files, one, facts, label, () => (
      readCaseLabels(files, one, order, facts)));
    return { said: notes.join(" "), organ: digest(organ) };
  },
  async isLabels({ paths }, facts) {
    return { said: String(await isLabelVolume(await filesAt(paths), facts)) };
  },
};

/** {kind, said, ...}; whatever is neither read, asked nor refused is thrown. */
export async function done(job, facts) {
  try {
    return { kind: "read", ...await tasks[job.what](job, facts) };
  } catch (error) {
    if (error instanceof Question) {
      return { kind: "asked", said: error.message, choices: error.choices, argument: error.argument };
    }
    if (error instanceof Refused) return { kind: "refused", said: error.message };
    throw error;
  }
}
