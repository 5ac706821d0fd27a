/* The mask of a case -> where the organ is, a question (which of several?), or a sentence. As in
   space/readers/label_volume.py. */

import { Refused } from "../../port.js";
import { wordsOf } from "../anatomy.js";
import { isTurned, organOf } from "../case.js";
import { guarded } from "./guard.js";
import { checkPicture, kindAt, SEGMENTATION, VOLUMES } from "./kinds.js";
import { readMask } from "./mask.js";
import { gridOf } from "./overlay.js";
import { Question } from "./question.js";
import { readMaskFiles } from "./sorting.js";

/**
 * @typedef {import("../answers.js").Facts} Facts
 * @typedef {import("../case.js").Case} Case
 * @typedef {import("../case.js").Labels} Labels
 */

/**
 * Where an organ is in a case, from whatever a person has.
 * @param {File[]} files  A label volume, a zip of one, or the picture of a single slice.
 * @param {Case} one  The CT.
 * @param {Facts} facts
 * @param {string | null} label  Which structure is the organ, in a mask that has several.
 * @param {() => Promise<Labels>} read  Gives the labels of a volume's mask, as `readCaseLabels` reads them.
 * @returns {Promise<import("../case.js").Mask>}
 */
export async function readCaseMask(files, one, facts, label, read) {
  const turned = one.layout !== null && isTurned(one.layout);
  const { marks, target } = facts;
  if (one.count === 1 && !turned && files.length === 1 && !VOLUMES.includes(await kindAt(files[0], marks) ?? "")) {
    await checkPicture(files[0], marks);
    return guarded(() => readMask(files[0], target, one, label));
  }
  const labels = await read();
  const { chosen, notes } = which(labels, facts, label);
  return { organ: organOf(labels, chosen), notes: [...notes, ...labels.notes] };
}

/**
 * All structures of a mask on the grid of a case.
 * @param {File[]} files
 * @param {Case} one
 * @param {string | null} order  Of pictures: whether the first is nearest the feet or the head.
 * @param {Facts} facts
 */
export const readCaseLabels = (files, one, order, facts) => (
  guarded(() => readMaskFiles(files, gridOf(one), order, facts)));

/**
 * Whether files are the mask of a volume.
 * @param {File[]} files
 * @param {Facts} facts
 */
export async function isLabelVolume(files, facts) {
  if (files.length === 1 && await kindAt(files[0], facts.marks) === SEGMENTATION) return true;
  try {
    await guarded(() => readMaskFiles(files, null, null, facts));
  } catch (error) {
    if (error instanceof Refused || error instanceof Question) return false;
    throw error;
  }
  return true;
}

/**
 * The label of the organ, and how it was found.
 * @param {Labels} labels
 * @param {Facts} facts
 * @param {string | null} label  Which structure is the organ, if the person says so.
 * @returns {{chosen: string, notes: string[]}}
 */
function which({ present, names }, { target, anatomy }, label) {
  const all = [...present.keys()];
  if (label !== null) return { chosen: asSaid(label, all, names), notes: saidNotes(label, all, names) };
  const wanted = sorted(wordsOf(target, target, anatomy));
  const words = all.map((value) => wordsOf(names.get(value) ?? "", target, anatomy));
  const called = all.filter((_, i) => sorted(words[i]) === wanted);
  if (called.length === 1) {
    const several = `Of the mask's ${all.length} structures, '${names.get(called[0])}' was taken.`;
    return { chosen: called[0], notes: all.length > 1 ? [several] : [] };
  }
  if (all.length === 1 && !words[0].length) return { chosen: all[0], notes: [] };
  const choices = all.map((value) => {
    const name = names.has(value) ? `${names.get(value)}, ` : "";
    return { value, words: `${value}: ${name}${inThousands(present.get(value) ?? 0)} voxels` };
  });
  throw new Question(all.length === 1
    ? `The mask's only structure is called '${[...names.values()][0]}': is it the ${target}?`
    : `The mask has ${all.length} labels: which one is the ${target}?`, "label", choices);
}

/** @type {(label: string, all: string[], names: Map<string, string>) => string} */
function asSaid(label, all) {
  const chosen = label.trim().toLowerCase();
  if (!all.includes(chosen)) throw new Refused(`The mask has no label '${label}': it has ${all.join(", ")}.`);
  return chosen;
}

/** @type {(label: string, all: string[], names: Map<string, string>) => string[]} */
function saidNotes(label, all, names) {
  const chosen = asSaid(label, all, names);
  const name = names.has(chosen) ? ` (${names.get(chosen)})` : "";
  return all.length > 1 ? [`Of the mask's ${all.length} labels, ${chosen}${name} was taken, as you said.`] : [];
}

/** @type {(words: string[]) => string} */
const sorted = (words) => [...words].sort().join(" ");

/** @type {(count: number) => string}  '12,345', whatever the browser's language. */
const inThousands = (count) => String(count).replace(/\B(?=(\d{3})+$)/g, ",");
