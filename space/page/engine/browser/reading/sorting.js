/* What is among the files that a person gave: a scan, masks, pictures, or several of them in one archive. As in
   space/readers/sorting.py. */

import { Refused } from "../../port.js";
import { unpacked } from "./archive.js";
import { Room } from "./dataset.js";
import { readDicom } from "./dicom.js";
import { headerOf } from "./frames.js";
import { CONTOURS, kindOf, PICTURES, SEGMENTATION } from "./kinds.js";
import { isLabelMap, NO_LABELS, NO_MASK, OUTLINES, readLabels } from "./labels.js";
import { isNifti, readNifti } from "./nifti.js";
import { readPictureLabels, readPictureVolume } from "./stack.js";
import { AUTO } from "./values.js";

/**
 * @typedef {import("../answers.js").Facts} Facts
 * @typedef {import("./archive.js").Content} Content
 * @typedef {import("./dataset.js").Dataset} Dataset
 */
/**
 * @typedef {object} Found  Files by what they are.
 * @property {Dataset[]} headers  Of DICOM files that may be slices.
 * @property {Uint8Array[]} volumes  NIfTI files.
 * @property {Uint8Array[]} segmentations  DICOM SEG files.
 * @property {Content[]} pictures
 * @property {number} contours  How many RTSTRUCT files.
 * @property {number} others  How many files of other kinds.
 */

export const LEFT_OUT = "A segmentation lay beside the scan and was left out: give it, or this archive once more, in the "
  + "mask's field.";
const SEVERAL = "These are several volumes: please give one, and its mask in its own field.";
const SEVERAL_MASKS = "These are several masks: please give one label volume (NIfTI or DICOM SEG), or one picture for each "
  + "slice.";
const CONTOURS_LEFT_OUT = "Contours (RTSTRUCT) lay beside the scan and were left out: they cannot be read here.";
const SAYS_ITSELF = "DICOM and NIfTI files say themselves what their values are: leave 'values' at 'auto'.";

/**
 * Tell files apart by their content.
 * @param {File[]} files
 * @param {Facts} facts
 * @param {boolean} [slices]  Whether slices of DICOM are of interest.
 * @returns {Promise<Found>}
 */
async function sort(files, { marks }, slices = true) {
  /** @type {Found} */
  const found = { headers: [], volumes: [], segmentations: [], pictures: [], contours: 0, others: 0 };
  const room = new Room();
  for await (const content of unpacked(files)) {
    const { data } = content;
    const kind = kindOf(data, marks)?.kind ?? "";
    if (kind === SEGMENTATION) found.segmentations.push(data);
    else if (kind === CONTOURS) found.contours++;
    else if (isNifti(data) && String.fromCharCode(...data.subarray(128, 132)) !== "DICM") found.volumes.push(data);
    else if (PICTURES.includes(kind)) found.pictures.push(content);
    else if (slices) sortSlice(found, data, room);
    else found.others++;
  }
  return found;
}

/** @type {(found: Found, data: Uint8Array, room: Room) => void} */
function sortSlice(found, data, room) {
  const header = headerOf(data, room);
  if (header) found.headers.push(header);
  else found.others++;
}

/**
 * Read DICOM files, a NIfTI file, pictures of slices, or a zip of either.
 * @param {File[]} files
 * @param {string} values
 * @param {string | null} order  Of pictures, as `readPictureVolume` takes it.
 * @param {Facts} facts
 * @returns {Promise<import("../case.js").Case>}
 */
export async function readScan(files, values, order, facts) {
  const { modality } = facts;
  const found = await sort(files, facts);
  const { headers } = found;
  if (!headers.length && !found.volumes.length) {
    if (!found.pictures.length) throw new Refused(withoutScan(found, modality));
    const stack = await readPictureVolume(found.pictures, values, order, facts);
    const notes = beside({ ...found, pictures: [] }, found.segmentations.length, modality);
    return { ...stack, notes: [...stack.notes, ...notes] };
  }
  if (values !== AUTO) throw new Refused(SAYS_ITSELF);
  let scans = found.volumes;
  let { length: segmentations } = found.segmentations;
  if (headers.length || scans.length > 1 || modality !== "CT") { // a label map can pass for MR, never for CT
    const apart = await scansAndLabels(scans, facts);
    scans = apart.scans;
    segmentations += apart.labels.length;
  }
  if (!headers.length && !scans.length) throw new Refused(maskAlone(modality));
  if (Number(headers.length > 0) + scans.length !== 1) throw new Refused(SEVERAL);
  const one = headers.length ? await readDicom(headers, modality) : readNifti(scans[0], modality);
  return { ...one, notes: [...one.notes, ...beside(found, segmentations, modality)] };
}

/** @type {(found: Found, segmentations: number, modality: string) => string[]}  What else there was. */
function beside({ contours, others, pictures }, segmentations, modality) {
  const count = others + pictures.length;
  return [
    ...segmentations ? [LEFT_OUT] : [],
    ...contours ? [CONTOURS_LEFT_OUT] : [],
    ...count ? [`${count === 1 ? "One file is" : `${count} files are`} no ${modality}, and left out.`] : [],
  ];
}

/** @type {(found: Found, modality: string) => string} */
function withoutScan({ segmentations, contours }, modality) {
  if (segmentations.length) return maskAlone(modality);
  return contours ? `This is a set of contours (RTSTRUCT) and not a scan: please give the axial ${modality} series.`
    : `This is no ${modality} that can be read: please give DICOM, NIfTI (or a zip of one series), or PNG, JPEG or TIFF.`;
}

/** @type {(modality: string) => string} */
const maskAlone = (modality) => `This is a segmentation and not a scan: please give the ${modality} here, and the `
  + "segmentation in the mask's field.";

/**
 * Read the mask of a volume: a label volume, pictures, or a zip of either, which may hold the scan, too.
 * @param {File[]} files
 * @param {import("./overlay.js").Grid | null} grid
 * @param {string | null} order  Of pictures, as `readPictureLabels` takes it.
 * @param {Facts} facts
 * @returns {Promise<import("../case.js").Labels>}
 */
export async function readMaskFiles(files, grid, order, facts) {
  const found = await sort(files, facts, false);
  let { volumes } = found;
  if (volumes.length > 1) {
    volumes = (await scansAndLabels(volumes, facts)).labels;
    if (!volumes.length) throw new Refused(NO_LABELS);
  }
  const masks = found.segmentations.length ? found.segmentations : volumes;
  if (masks.length > 1) throw new Refused(SEVERAL_MASKS);
  if (masks.length) return readLabels(masks[0], grid, facts);
  if (found.pictures.length) return readPictureLabels(found.pictures, grid, order);
  throw new Refused(found.contours ? OUTLINES : NO_MASK);
}

/**
 * NIfTI files that are no label volumes, and those that are.
 * @param {Uint8Array[]} volumes
 * @param {Facts} facts
 */
async function scansAndLabels(volumes, facts) {
  const [scans, labels] = [[], []].map((list) => /** @type {Uint8Array[]} */ (list));
  for (const data of volumes) (await isLabelMap(data, facts) ? labels : scans).push(data);
  return { scans, labels };
}
