/* What DICOM and NIfTI have in common: what is hardly an axial scan is refused, as space/readers/volume.py refuses it. */

import { Refused } from "../../port.js";
import { toScreen } from "../case.js";
import { fixed } from "../numbers.js";
import { layoutOf, leanOf, spacingOf, turnedAffine } from "./geometry.js";

/**
 * @typedef {import("../case.js").Affine} Affine
 * @typedef {import("../case.js").Case} Case
 * @typedef {import("../case.js").Volume<Int16Array>} Volume
 */
/**
 * @typedef {object} Known  What else a source says of itself.
 * @property {boolean} [sizeKnown]  Whether it says how large its pixels are.
 * @property {boolean} [placeKnown]  Whether the affine holds for all slices.
 * @property {[number, number] | null} [codes]  As `Layout` of case.js has them.
 * @property {import("../case.js").Instance[]} [instances]  The DICOM images along k.
 * @property {string} [frameOfReference]
 */

export const MAX_VOXELS = 512 * 512 * 1200;
export const MAX_SIDE = 2048;
export const MIN_SIDE = 32;
export const NO_HU = "This volume does not look like CT in Hounsfield units, where air is about -1000 and soft tissue 0 to "
  + "100. Please give it in HU; a label map goes into the mask's field.";
/** @type {Required<Known>} */
const NOTHING_ELSE = { sizeKnown: true, placeKnown: true, codes: null, instances: [], frameOfReference: "" };
const FEWEST = 32; // values that an image spans
const [LEANS, NARROW, WIDE] = [20, 180, 700];

/**
 * A volume as a case.
 * @param {string} name  What to call it; nothing that its file says.
 * @param {Volume} source  On the modality's scale.
 * @param {Affine} affine  From (i, j, k, 1) to mm on DICOM's axes.
 * @param {string[]} notes
 * @param {string} modality
 * @param {Known} [known]
 * @returns {Case}
 */
export function asCase(name, source, affine, notes, modality, known = {}) {
  const { sizeKnown, placeKnown, codes, instances, frameOfReference } = { ...NOTHING_ELSE, ...known };
  const layout = layoutOf(affine);
  const { values: hu, shape: [count, height, width] } = toScreen(layout, source);
  const own = turnedAffine(source.shape, layout);
  if (Math.min(height, width) < MIN_SIDE) {
    throw new Refused(`The axial slices are only ${width} x ${height} pixels: please give axial ${modality} of at least `
      + `${MIN_SIDE} x ${MIN_SIDE}.`);
  }
  checkValues(hu, [count, height, width], modality);
  const shown = layout.flips.includes(0) ? [...instances].reverse() : instances;
  return {
    name, hu, count, height, width, inHu: true, reading: "",
    spacing: sizeKnown ? spacingOf(own) : null,
    affine: sizeKnown && placeKnown ? own : null,
    notes: [...notes, ...remarks(own, width, sizeKnown, modality)],
    layout: { ...layout, codes, instances: shown, frameOfReference },
  };
}

/** @type {(affine: Affine, width: number, sizeKnown: boolean, modality: string) => string[]} */
function remarks(affine, width, sizeKnown, modality) {
  const found = [];
  const broad = width * spacingOf(affine)[2];
  if (modality === "CT" && sizeKnown && !(broad >= NARROW && broad <= WIDE)) {
    found.push(`The slices are ${fixed(broad, 0)} mm wide; an abdomen needs 250 to 500 mm.`);
  }
  const lean = leanOf(affine);
  if (lean > LEANS) found.push(`The slices lean ${fixed(lean, 0)} degrees from the axial plane.`);
  if (!sizeKnown) found.push("The file does not say how large its pixels are.");
  return found;
}

/**
 * Refuse what has other values than such images.
 * @param {Int16Array} hu
 * @param {import("../case.js").Triple} shape
 * @param {string} modality
 */
function checkValues(hu, [count, height, width], modality) {
  let [low, high, soft, all] = [Infinity, -Infinity, 0, 0];
  for (let z = 0; z < count; z += Math.max(1, Math.floor(count / 16))) {
    for (let y = 0; y < height; y += 2) {
      for (let x = 0; x < width; x += 2) {
        const value = hu[(z * height + y) * width + x];
        low = Math.min(low, value);
        high = Math.max(high, value);
        soft += Number(value > -200 && value < 300);
        all++;
      }
    }
  }
  if (modality === "CT" && (soft / all < 0.02 || high - low < 300)) throw new Refused(NO_HU);
  if (modality !== "CT" && high - low < FEWEST) {
    throw new Refused(`The values of this volume span only ${low} to ${high}: this network was made for MR images in the `
      + "whole numbers that scanners store. A label map goes into the mask's field.");
  }
}
