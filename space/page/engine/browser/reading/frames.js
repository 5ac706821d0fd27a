/* What a DICOM file says of each of its frames: space/readers/frames.py in JavaScript.

   DICOM PS3.3: C.7.6.2 (image plane), C.8.2.1 (CT image), C.8.3.1 (MR image), C.8.15 (enhanced CT), C.7.6.16 (functional
   groups). */

import { Refused } from "../../port.js";
import { SCALES } from "../modality.js";
import { rint } from "../numbers.js";
import { datasetOf, isMarked } from "./dataset.js";
import { Nonsense } from "./elements.js";
import { cross, dot, length } from "./vectors.js";
import { MAX_SIDE, MAX_VOXELS, MIN_SIDE } from "./volume.js";

/**
 * @typedef {import("./dataset.js").Dataset} Dataset
 * @typedef {import("../case.js").Triple} Triple
 */
/**
 * @typedef {object} Frame  One slice of a DICOM file.
 * @property {Dataset} dataset
 * @property {number} index  Which of the file's frames it is.
 * @property {[number, number]} shape  Rows and columns.
 * @property {[Triple, Triple]} axes  The directions along a row and along a column.
 * @property {Triple} position  The middle of the first pixel, in mm.
 * @property {[number, number]} mm  Between rows and between columns.
 * @property {boolean} sizeKnown  Whether the file says that.
 * @property {number} thickness  Millimetres from slice to slice or of the slice, 0 if the file does not say.
 * @property {number} slope
 * @property {number} intercept  From stored values to HU, or grey values.
 * @property {import("../case.js").Instance} instance
 * @property {string} series  Equal for what can be one stack.
 * @property {number[]} order  Which of several frames at one place comes first.
 * @property {string[]} notes  What was assumed.
 */

/** @type {Record<string, string>} */
const KINDS = {
  CT: SCALES.CT.image, MR: SCALES.MR.image, US: "an ultrasound image", CR: "a radiograph", DX: "a radiograph",
  MG: "a mammogram", RF: "a fluoroscopy", XA: "an angiography", PT: "a PET image", NM: "a nuclear medicine image",
  SEG: "a segmentation", RTSTRUCT: "a set of contours", RTDOSE: "a dose map", RTPLAN: "a treatment plan", SR: "a report",
  DOC: "a document", PR: "a presentation state", ECG: "an electrocardiogram",
};
const IN_HU = ["", "HU", "HU_MOD", "US"]; // US is 'unspecified', and what scanners wrote before HU was a term
const LARGEST = 1e6; // millimetres, or what a value is multiplied by
const FARTHEST = 1e4; // mm from where coordinates begin
const AXIAL = 0.8; // of the normal along the body; at less, another plane is nearer
export const NO_WAY_UP = "The file does not say how the patient lies: spine down and liver at the left are assumed.";
const NO_RESCALE = "The file does not say how its values become Hounsfield units: they were taken as they are.";
export const NO_PLACES = "The file does not say where its frames lie: they were stacked in order, feet first.";
const HALF_RESCALE = "A DICOM file is damaged: it gives only one of rescale slope and rescale intercept. "
  + "Please export it again.";
const CUT_OFF = "A DICOM file is damaged or cut off: please export it again.";
export const NO_AXES = "A DICOM file is damaged: its axes, its place or its pixel size make no sense.";

/**
 * What is needed of a DICOM file, or null if it is none; files without preamble are tried, too.
 * @param {Uint8Array} bytes
 * @param {import("./dataset.js").Room} room  For it and the other files of its case.
 * @returns {Dataset | null}
 */
export function headerOf(bytes, room) {
  try {
    const dataset = datasetOf(bytes, room);
    return isMarked(bytes) || dataset.has("SOPClassUID") || dataset.has("Rows") ? dataset : null;
  } catch (error) {
    if (error instanceof Refused) throw error; // there is no room for it
    return null; // whatever a damaged file provokes in the parser
  }
}

/**
 * The frames of a file.
 * @param {Dataset} dataset
 * @param {string} modality
 * @returns {Frame[]}
 * @throws {Refused}  If it is no axial image of the modality.
 * @throws {Nonsense}  If what it says makes no sense.
 */
export function framesOf(dataset, modality) {
  checkKind(dataset, modality);
  checkImage(dataset, modality);
  const { shape, count } = sizeOf(dataset);
  const stacked = count > 1 && !(dataset.get("PerFrameFunctionalGroupsSequence") ?? []).length;
  return Array.from({ length: count }, (_, index) => frameAt(dataset, index, shape, modality, stacked));
}

/** @type {(dataset: Dataset, known: string) => void} */
function checkKind(dataset, known) {
  const modality = textOf(dataset.get("Modality"));
  if (!modality && !dataset.has("SOPClassUID")) { // the end of its pixels is missing
    if (SCALES[known].classes.includes(dataset.meta?.get("MediaStorageSOPClassUID"))) throw new Refused(CUT_OFF);
  }
  if (modality !== known && !SCALES[known].classes.includes(dataset.get("SOPClassUID"))) {
    const kind = Object.hasOwn(KINDS, modality) ? KINDS[modality] : "of another kind";
    throw new Refused(`This DICOM file is ${kind}, not ${known}, and the network knows ${known} only: please give axial `
      + `${known}.`);
  }
}

/** @type {(dataset: Dataset, known: string) => void} */
function checkImage(dataset, known) {
  if (!dataset.has("PixelData") || !dataset.has("Rows")) {
    throw new Refused(`This DICOM file has no image in it: please give the slices of the ${known} series.`);
  }
  const grey = ["MONOCHROME1", "MONOCHROME2"].includes(textOf(dataset.get("PhotometricInterpretation")));
  if (whole(or(dataset.get("SamplesPerPixel"), 1)) !== 1 || !grey) {
    throw new Refused(`This DICOM file is a colour picture, not ${known} as it was taken: please give the ${known} series.`);
  }
  if ([dataset.get("ImageType")].flat().includes("LOCALIZER")) {
    throw new Refused(`This DICOM file is a scout view, not a slice: please give the axial ${known} series.`);
  }
}

/** @param {Dataset} dataset */
function sizeOf(dataset) {
  /** @type {[number, number]} */
  const shape = [whole(dataset.get("Rows")), whole(or(dataset.get("Columns"), 0))];
  const count = whole(or(dataset.get("NumberOfFrames"), 1));
  const fits = Math.min(...shape) >= MIN_SIDE && Math.max(...shape) <= MAX_SIDE;
  if (!fits || count < 1 || count > Math.floor(MAX_VOXELS / (shape[0] * shape[1]))) {
    throw new Refused(`This DICOM file says that it holds ${count} slices of ${shape[1]} x ${shape[0]} pixels: `
      + `${MIN_SIDE} to ${MAX_SIDE} pixels to a side can be read.`);
  }
  return { shape, count };
}

/**
 * An element of a frame: enhanced objects keep it in functional groups, classic ones at the top.
 * @param {Dataset} dataset
 * @param {number} index
 * @param {string} group
 * @param {string} keyword
 */
function said(dataset, index, group, keyword) {
  const per = dataset.get("PerFrameFunctionalGroupsSequence") ?? [];
  const shared = dataset.get("SharedFunctionalGroupsSequence") ?? [];
  for (const groups of [...per.slice(index, index + 1), ...shared.slice(0, 1)]) {
    const items = groups.get(`${group}Sequence`);
    if (items?.length) return items[0].get(keyword);
  }
  return dataset.get(keyword);
}

/** @type {(dataset: Dataset, index: number, shape: [number, number], modality: string, stacked: boolean) => Frame} */
function frameAt(dataset, index, shape, modality, stacked) {
  /** @type {(group: string, keyword: string) => any} */
  const get = (group, keyword) => said(dataset, index, group, keyword);
  const between = or(get("PixelMeasures", "SpacingBetweenSlices"), get("PixelMeasures", "SliceThickness"));
  const thickness = Math.abs(numberOr(between, 0));
  const { notes, slope, intercept } = rescaling(dataset, get, modality);
  const number = whole(or(dataset.get("InstanceNumber"), 0));
  const { axes, position: first, mm, known, sizeKnown } = plane(dataset, get, number * (thickness || 1), modality);
  if (!known) notes.unshift(NO_WAY_UP);
  let position = first;
  if (stacked) {
    const normal = cross(...axes);
    position = /** @type {Triple} */ (first.map((at, m) => at + normal[m] * index * (thickness || 1)));
    notes.push(NO_PLACES);
  }
  const several = whole(or(dataset.get("NumberOfFrames"), 1)) > 1;
  const rounded = [...axes.flat(), ...mm].map((value) => rint(value * 100) / 100 + 0);
  const order = ["AcquisitionNumber", "TemporalPositionIdentifier"].map((keyword) => whole(or(dataset.get(keyword), 0)));
  return {
    dataset, index, shape, axes, position, mm, sizeKnown, thickness, slope, intercept,
    instance: {
      uid: textOf(dataset.get("SOPInstanceUID")), frame: index + 1, number: several ? index + 1 : number,
      position: known ? position : null,
    },
    series: JSON.stringify([textOf(dataset.get("SeriesInstanceUID")), shape, rounded]),
    order: [...order, number, index], notes,
  };
}

/**
 * How stored values become HU.
 * @param {Dataset} dataset
 * @param {(group: string, keyword: string) => any} get
 * @param {string} modality
 */
function rescaling(dataset, get, modality) {
  const [slope, intercept] = ["RescaleSlope", "RescaleIntercept"].map((keyword) => get("PixelValueTransformation", keyword));
  if (modality === "CT" && !IN_HU.includes(textOf(get("PixelValueTransformation", "RescaleType")).trim())) {
    throw new Refused("The values of this DICOM file are not Hounsfield units, as it says itself: please give the CT.");
  }
  const isBare = !isSome(dataset.get("ModalityLUTSequence"));
  if (isBare && isSaid(slope) !== isSaid(intercept)) throw new Refused(HALF_RESCALE);
  const factor = numberOr(slope, 1);
  if (!factor) throw new Nonsense("a slope of 0 makes all values one");
  const notes = modality === "CT" && isBare && !isSaid(slope) ? [NO_RESCALE] : [];
  return { notes, slope: factor, intercept: numberOr(intercept, 0) };
}

/** @type {(value: any) => boolean} */
const isSaid = (value) => value !== null && value !== "";

/** @type {(value: any, otherwise: number) => number}  What an element says, or something else where it says nothing. */
function numberOr(value, otherwise) {
  const number = isSaid(value) ? real(value) : otherwise;
  if (!(Math.abs(number) < LARGEST)) throw new Nonsense("no number");
  return number;
}

/**
 * Where a frame lies, and how large its pixels are.
 * @param {Dataset} dataset
 * @param {(group: string, keyword: string) => any} get
 * @param {number} height  Where it is taken to lie if nothing is said.
 * @param {string} modality
 */
function plane(dataset, get, height, modality) {
  const along = get("PlaneOrientation", "ImageOrientationPatient");
  const corner = get("PlanePosition", "ImagePositionPatient");
  const spacing = get("PixelMeasures", "PixelSpacing");
  const flat = reals(or(along, [1, 0, 0, 0, 1, 0]));
  if (flat.length !== 6) throw new Nonsense("there are two axes");
  const axes = /** @type {[Triple, Triple]} */ ([flat.slice(0, 3), flat.slice(3)]);
  const place = real(or(dataset.get("SliceLocation"), height));
  const position = /** @type {Triple} */ (reals(or(corner, [0, 0, place])));
  const mm = /** @type {[number, number]} */ (reals(or(spacing, [1, 1])));
  checkAxes(axes, position, mm, modality);
  return { axes, position, mm, known: isSome(along) && isSome(corner), sizeKnown: isSome(spacing) };
}

/** @type {(axes: [Triple, Triple], position: Triple, mm: [number, number], modality: string) => void} */
function checkAxes(axes, position, mm, modality) {
  const straight = axes.every((axis) => Math.abs(length(axis) - 1) <= 0.01) && Math.abs(dot(...axes)) <= 0.01;
  const sound = mm.length === 2 && mm.every((size) => size > 0.05 && size < 10) && position.length === 3;
  if (!straight || !sound || !position.every((at) => Math.abs(at) < FARTHEST)) throw new Refused(NO_AXES);
  const normal = cross(...axes).map(Math.abs);
  if (normal[2] < AXIAL) {
    const plane = ["sagittal", "coronal", "oblique"][normal.indexOf(Math.max(...normal))];
    throw new Refused(`These are ${plane} slices, and the network knows axial ones: please give the axial ${modality} `
      + "series.");
  }
}

/** @type {(value: any) => boolean}  Whether anything is said: neither nothing, nor 0. */
export const isSome = (value) => value !== null && value !== "" && value !== 0 && value.length !== 0;

/** @type {(value: any, other: any) => any} */
export const or = (value, other) => (isSome(value) ? value : other);

/** @type {(value: any) => string}  Several texts are none that anything is called. */
export const textOf = (value) => (typeof value === "string" ? value : value === null ? "" : String([value]));

/** @type {(value: any) => number} */
export function real(value) {
  if (typeof value !== "number") throw new Nonsense("no number");
  return value;
}

/** @type {(value: any) => number} */
export function whole(value) {
  if (!Number.isFinite(value)) throw new Nonsense("no whole number");
  return Math.trunc(value);
}

/** @type {(value: any) => number[]} */
export const reals = (value) => [value].flat().map(real);
