/* What the structures of a DICOM segmentation are called, in words that tell nothing about the patient: a name for the code
   of their type, and of free text the words that are about anatomy. As in space/readers/segments.py (PS3.3, C.8.20.4). */

import { wordsOf } from "../anatomy.js";
import { textOf, whole } from "./frames.js";

/**
 * @typedef {import("./dataset.js").Dataset} Dataset
 * @typedef {Record<string, string>} Codes  Names, by scheme and value.
 */

/**
 * The name of each segment by its number; empty where nothing is known of it.
 * @param {Dataset[]} segments
 * @param {Pick<import("../answers.js").Facts, "target" | "anatomy">} facts  Words of the target are about anatomy, too.
 * @returns {Map<string, string>}
 */
export function namesOf(segments, facts) {
  return new Map(segments.map((segment) => [String(whole(segment.get("SegmentNumber"))), nameOf(segment, facts)]));
}

/** @type {(segment: Dataset, facts: Pick<import("../answers.js").Facts, "target" | "anatomy">) => string} */
function nameOf(segment, { target, anatomy }) {
  const [kind] = segment.get("SegmentedPropertyTypeCodeSequence") ?? [];
  const modifiers = "SegmentedPropertyTypeModifierCodeSequence";
  const [side] = [...kind?.get(modifiers) ?? [], ...segment.get(modifiers) ?? []];
  const name = [...codedWords(side, anatomy.sides), ...codedWords(kind, anatomy.codes)];
  // a label may say more than the code: 'Pancreas tumor' under the code of the pancreas
  const more = wordsOf(textOf(segment.get("SegmentLabel")), target, anatomy).filter((word) => !name.includes(word));
  const words = name.length && more.length ? [...name, `(${more.join(" ")})`] : name.length ? name : more;
  const text = words.join(" ");
  return text.charAt(0).toUpperCase() + text.slice(1).toLowerCase();
}

/** @type {(item: Dataset | undefined, codes: Codes) => string[]} */
function codedWords(item, codes) {
  if (!item) return [];
  const code = `${textOf(item.get("CodingSchemeDesignator"))} ${textOf(item.get("CodeValue"))}`;
  return Object.hasOwn(codes, code) ? codes[code].split(" ") : [];
}
