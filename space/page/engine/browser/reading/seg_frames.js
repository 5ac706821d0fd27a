/* What a DICOM segmentation says of each of its frames: space/readers/seg_frames.py in JavaScript.

   DICOM PS3.3: C.7.6.16 (functional groups), C.7.6.16.2.6 (derivation image), C.8.20.3 (segment identification). */

import { Nonsense } from "./elements.js";
import { isSome, or, real, reals, textOf, whole } from "./frames.js";

/**
 * @typedef {import("./dataset.js").Dataset} Dataset
 * @typedef {import("../case.js").Triple} Triple
 */
/**
 * @typedef {object} Frame  What is said of one frame; null where it is not.
 * @property {string} segment  Its number; empty in a label map, whose frames hold several.
 * @property {[Triple, Triple] | null} axes  The directions along a row and along a column.
 * @property {Triple | null} position  The middle of the first pixel, in mm.
 * @property {[number, number] | null} mm  Between rows and between columns.
 * @property {number} between  Millimetres from frame to frame; 0 where not said.
 * @property {number} thickness  Of one; 0 where not said.
 * @property {{uid: string, frame: number}[]} sources  The images it was drawn on.
 */

/**
 * @param {Dataset} dataset
 * @returns {Frame[]}
 * @throws {Error}  If it makes no sense.
 */
export function framesOf(dataset) {
  const [shared] = dataset.get("SharedFunctionalGroupsSequence") ?? [];
  const several = dataset.get("SegmentationType") === "LABELMAP";
  return dataset.get("PerFrameFunctionalGroupsSequence").map((/** @type {Dataset} */ group) => (
    frameOf([group, ...shared ? [shared] : []], several)));
}

/** @type {(places: Dataset[], several: boolean) => Frame} */
function frameOf(places, several) {
  /** @type {(sequence: string, keyword: string) => any} */
  const said = (sequence, keyword) => {
    for (const place of places) {
      const items = place.get(`${sequence}Sequence`);
      if (items?.length) return items[0].get(keyword);
    }
    return null;
  };
  const axes = numbers(said("PlaneOrientation", "ImageOrientationPatient"), 6);
  const mm = said("PixelMeasures", "PixelSpacing");
  return {
    segment: several ? "" : String(whole(said("SegmentIdentification", "ReferencedSegmentNumber"))),
    axes: axes && /** @type {[Triple, Triple]} */ ([axes.slice(0, 3), axes.slice(3)]),
    position: /** @type {Triple | null} */ (numbers(said("PlanePosition", "ImagePositionPatient"), 3)),
    mm: isSome(mm) ? [real(mm[0]), real(mm[1])] : null,
    between: Math.abs(real(or(said("PixelMeasures", "SpacingBetweenSlices"), 0))),
    thickness: Math.abs(real(or(said("PixelMeasures", "SliceThickness"), 0))),
    sources: sourcesIn(places),
  };
}

/** @type {(given: any, count: number) => number[] | null} */
function numbers(given, count) {
  if (!isSome(given)) return null;
  const found = reals(given);
  if (found.length !== count || !found.every(Number.isFinite)) throw new Nonsense("no such numbers");
  return found;
}

/** @param {Dataset[]} places */
function sourcesIn(places) {
  const derivations = places.map((place) => place.get("DerivationImageSequence") ?? []).find((items) => items.length) ?? [];
  const sources = derivations.flatMap((/** @type {Dataset} */ one) => one.get("SourceImageSequence") ?? []);
  return sources.flatMap((/** @type {Dataset} */ source) => [or(source.get("ReferencedFrameNumber"), 1)].flat()
    .map((number) => ({ uid: textOf(source.get("ReferencedSOPInstanceUID")), frame: whole(number) })));
}
