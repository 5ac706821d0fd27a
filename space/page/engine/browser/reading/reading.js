/* The one door for what people have: pictures and volumes, told apart by content, as space/readers/reading.py does. */

import { guarded } from "./guard.js";
import { checkPicture, kindAt, VOLUMES } from "./kinds.js";
import { readSlice } from "./picture.js";
import { readScan } from "./sorting.js";

/**
 * @param {File[]} files  A picture or several, one for each slice; a NIfTI file; or a zip of either.
 * @param {string} values  How to read the stored values of pictures.
 * @param {string | null} order  Of several pictures: whether the first is nearest the feet or the head.
 * @param {import("../answers.js").Facts} facts
 * @returns {Promise<import("../case.js").Case>}
 */
export async function readCase(files, values, order, facts) {
  if (files.length === 1 && !VOLUMES.includes(await kindAt(files[0], facts.marks) ?? "")) {
    await checkPicture(files[0], facts.marks);
    return guarded(() => readSlice(files[0], values, facts));
  }
  return guarded(() => readScan(files, values, order, facts));
}
