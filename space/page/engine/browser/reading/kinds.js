/* What kind of file a stranger's bytes are, by their content: the marks are those of space/readers/kinds.py. */

import { Refused } from "../../port.js";
import { gunzippedHead } from "./gzip.js";

/**
 * @typedef {object} Mark  Bytes at a place of a file that tell its kind.
 * @property {number} at
 * @property {number[]} bytes
 * @property {string} kind
 * @property {string} advice
 */
/** @typedef {{kind: string, advice: string}} Found */

export const HEAD = 1024; // bytes
const EXPORT = "export the slice as PNG or TIFF";
const SLICE = "give the slice itself, as PNG, JPEG or TIFF";
export const DICOM = "a DICOM file";
export const SEGMENTATION = "a DICOM segmentation";
export const CONTOURS = "a set of contours (RTSTRUCT)";
const GZIP = "a gzip archive";
/** What is a volume, or may hold one. */
export const VOLUMES = [
  DICOM, "a NIfTI file", SEGMENTATION, CONTOURS, "a zip archive (or a document or arrays in one)", GZIP,
];
export const PICTURES = ["PNG", "JPEG", "TIFF"];
const PICTURE_ENDINGS = [".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".gif", ".webp"];
const STORED = /1\.2\.840\.10008\.5\.1\.4\.1\.1\.([0-9.]+)/; // the class of a DICOM file (PS3.4, B.5)
/** @type {Record<string, string>} */
const OF_CLASS = { "66.4": SEGMENTATION, "66.7": SEGMENTATION, "481.3": CONTOURS };

/**
 * What a file is by its first bytes; null if that is not known.
 * @param {Uint8Array} head
 * @param {Mark[]} marks
 * @returns {Found | null}
 */
export function kindOf(head, marks) {
  const start = head.subarray(0, HEAD);
  const mark = marks.find(({ at, bytes }) => bytes.every((byte, i) => start[at + i] === byte));
  if (mark?.kind === DICOM || (!mark && isBareDicom(start))) return ofClass(start);
  if (mark) return (mark.kind === GZIP && packedIn(start, marks)) || mark;
  const text = latin(start).replace(/^[\xef\xbb\xbf \t\r\n]+/, "").toLowerCase();
  if (text.startsWith("<!doctype html") || text.startsWith("<html")) return { kind: "a web page", advice: SLICE };
  if (text.startsWith("<svg") || text.startsWith("<?xml")) return { kind: "an SVG or XML file", advice: SLICE };
  return null;
}

/** @type {(bytes: Uint8Array) => string} */
const latin = (bytes) => new TextDecoder("latin1").decode(bytes);

/** @type {(head: Uint8Array) => Found} */
function ofClass(head) {
  const found = STORED.exec(latin(head));
  return { kind: OF_CLASS[found?.[1] ?? ""] ?? DICOM, advice: EXPORT };
}

/**
 * Look into gzip: a NIfTI volume comes packed as a rule.
 * @param {Uint8Array} head
 * @param {Mark[]} marks
 */
function packedIn(head, marks) {
  try {
    const found = kindOf(gunzippedHead(head, HEAD), marks);
    return found && !PICTURES.includes(found.kind) ? found : null;
  } catch {
    return null;
  }
}

/**
 * Tell a DICOM file without preamble: its first element has a VR (PS3.5, 7.1.2), or just a length (7.1.3).
 * @param {Uint8Array} head
 */
function isBareDicom(head) {
  const explicit = [head[4], head[5]].every((byte) => byte >= 65 && byte <= 90);
  if (head[0] === 0 && head[1] === 8) return explicit; // big endian
  if (head[1] !== 0 || (head[0] !== 2 && head[0] !== 8)) return false;
  const length = head[4] + 256 * (head[5] + 256 * (head[6] + 256 * head[7]));
  return explicit || (head[3] === 0 && length > 0 && length <= 64 && length % 2 === 0);
}

/**
 * What a file is by its content, or null.
 * @param {File} file
 * @param {Mark[]} marks
 */
export async function kindAt(file, marks) {
  return kindOf(await headOf(file), marks)?.kind ?? null;
}

/** @param {File} file */
const headOf = async (file) => new Uint8Array(await file.slice(0, HEAD).arrayBuffer());

/**
 * Refuse what is no picture; without its name unless it is called one, as names of scans often tell the patient's.
 * @param {File} file
 * @param {Mark[]} marks
 */
export async function checkPicture(file, marks) {
  const called = file.name.toLowerCase();
  const name = PICTURE_ENDINGS.some((ending) => called.endsWith(ending)) ? file.name : "The file";
  const head = await headOf(file);
  const found = kindOf(head, marks);
  if (head.every((byte) => byte === 0)) throw new Refused(`${name} is empty: please give DICOM, NIfTI, PNG, JPEG or TIFF.`);
  if (found && PICTURES.includes(found.kind)) return;
  if (found) throw new Refused(`${name} is ${found.kind}, which cannot be read here: please ${found.advice}.`);
  throw new Refused(`${name} is not an image that can be read: please give DICOM, NIfTI, PNG, JPEG or TIFF.`);
}
