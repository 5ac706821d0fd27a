/* Which of some files is the slice or the scan, and which the mask: by what the readers say of them, as in
   space/ui/pieces.py. */

import { Refused } from "../port.js";
import { guarded } from "./reading/guard.js";
import { DICOM, kindAt, PICTURES, SEGMENTATION, VOLUMES } from "./reading/kinds.js";
import { isLabelVolume } from "./reading/label_volume.js";
import { readMask } from "./reading/mask.js";
import { Question } from "./reading/question.js";
import { LEFT_OUT } from "./reading/sorting.js";
import { AUTO } from "./reading/values.js";

/**
 * @typedef {import("./answers.js").Wish} Wish
 * @typedef {{uploads: number[]}} Own
 * @typedef {import("./answers.js").Answers} Answers
 */

const FRESH = { files: [], values: AUTO, label: null, order: null, place: null, turn: 0 };

/**
 * What the files can be, likeliest first.
 * @param {Wish} asked
 * @param {Answers} answers
 * @returns {Promise<Wish[]>}
 */
export async function candidates(asked, answers) {
  if (!asked.files.length) return [asked];
  const pieces = await together(/** @type {Own[]} */ (asked.files), answers);
  if (pieces.length > 2) {
    throw new Refused(`Please give one slice or one series, and its mask: these are ${pieces.length} files.`);
  }
  const [piece, other] = pieces;
  const isFirst = (!other && !asked.slice) || !await isMask(piece, answers);
  if (!other) {
    if (!isFirst) return [{ ...asked, mask: piece, files: [], label: null }];
    const both = await holdsBoth(piece, answers) ? piece : asked.mask;
    return [{ ...asked, slice: piece, mask: both, ...FRESH, label: asked.label }];
  }
  const pairs = [[piece, other], [other, piece]];
  return (isFirst ? pairs : pairs.reverse()).map(([slice, mask]) => ({ ...asked, slice, mask, ...FRESH }));
}

/**
 * Files by what belongs together: a series of DICOM, pictures that are slices, and single files.
 * @param {Own[]} files
 * @param {Answers} answers
 */
async function together(files, answers) {
  if (files.length === 1) return files;
  const { marks } = answers.facts;
  const kinds = await Promise.all(files.map((file) => kindAt(answers.own(file)[0], marks)));
  const pictures = kinds.filter((kind) => PICTURES.includes(kind ?? "")).length;
  /** @type {(string | null)[][]} */
  const stacks = [];
  if (kinds.includes(DICOM)) stacks.push([DICOM, null]); // of a DICOM file without a preamble the kind cannot be told
  // two pictures alone are a slice and its mask
  if (pictures > 2 || (pictures > 1 && pictures < files.length)) stacks.push(PICTURES);
  const series = stacks.map((stack) => ({
    uploads: files.filter((_, i) => stack.includes(kinds[i])).flatMap(({ uploads }) => uploads),
  }));
  return [...series, ...files.filter((_, i) => !stacks.some((stack) => stack.includes(kinds[i])))];
}

/**
 * @param {Own} piece
 * @param {Answers} answers
 */
async function isMask(piece, answers) {
  const { facts } = answers;
  const files = answers.own(piece);
  const kind = await kindAt(files[0], facts.marks);
  if (files.length === 1 && !VOLUMES.includes(kind ?? "")) {
    return !await isCase(piece, answers) && reads(() => guarded(() => readMask(files[0], facts.target, null, null)));
  }
  return kind === SEGMENTATION || (!await isCase(piece, answers) && isLabelVolume(files, facts));
}

/**
 * Whether a scan came with its mask, as in a zip of both.
 * @param {Own} piece
 * @param {Answers} answers
 */
async function holdsBoth(piece, answers) {
  try {
    return (await answers.read(piece, AUTO, null)).notes.includes(LEFT_OUT);
  } catch (error) {
    if (error instanceof Refused || error instanceof Question) return false; // whatever it is, opening it says so
    throw error;
  }
}

/** @type {(piece: Own, answers: Answers) => Promise<boolean>} */
const isCase = (piece, answers) => reads(() => answers.read(piece, AUTO, null));

/**
 * Whether a reader takes a file, or would if one more thing were said.
 * @param {() => Promise<unknown>} read
 */
async function reads(read) {
  try {
    await read();
  } catch (error) {
    if (error instanceof Question) return true;
    if (error instanceof Refused) return false;
    throw error;
  }
  return true;
}
