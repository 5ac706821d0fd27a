/* Which of some files is the slice, and which the mask: by what the readers say of them, as in space/ui/pieces.py. */

import { Refused } from "../port.js";
import { checkPicture } from "./reading/kinds.js";
import { readMask } from "./reading/mask.js";
import { readSlice } from "./reading/picture.js";
import { Question } from "./reading/question.js";

/**
 * @typedef {import("./answers.js").Wish} Wish
 * @typedef {import("./answers.js").Piece} Piece
 * @typedef {import("./answers.js").Answers} Answers
 */

const FRESH = { files: [], values: "auto", label: null, order: null, place: null, turn: 0 };

/**
 * What the files can be, likeliest first.
 * @param {Wish} asked
 * @param {Answers} answers
 * @returns {Promise<Wish[]>}
 */
export async function candidates(asked, answers) {
  const { files } = asked;
  if (!files.length) return [asked];
  if (files.length > 2) {
    throw new Refused("This page opens one slice at a time: please give one PNG and its mask, or open the volume in the app "
      + "that this page was made from (python app.py).");
  }
  const [piece, other] = files;
  const first = await isMask(piece, answers);
  if (!other) {
    if (asked.slice && first) return [{ ...asked, mask: piece, files: [], label: null }];
    return [{ ...asked, slice: piece, ...FRESH, label: asked.label }];
  }
  const pairs = [[piece, other], [other, piece]];
  return (first ? pairs.reverse() : pairs).map(([slice, mask]) => ({ ...asked, slice, mask, ...FRESH }));
}

/**
 * @param {Piece} piece
 * @param {Answers} answers
 */
async function isMask(piece, answers) {
  const { facts } = answers;
  const file = await answers.file(piece, "image");
  if (!file) return false;
  const isSlice = await reads(async () => {
    await checkPicture(file, facts.marks);
    return readSlice(file, "auto", facts);
  });
  return !isSlice && reads(() => readMask(file, facts.target, null, null));
}

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
