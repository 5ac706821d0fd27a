/* What kind of file a stranger's bytes are, by their content: the marks are those of space/readers/kinds.py. */

import { Refused } from "../../port.js";

/**
 * @typedef {object} Mark  Bytes at a place of a file that tell its kind.
 * @property {number} at
 * @property {number[]} bytes
 * @property {string} kind
 * @property {string} advice
 */

const HEAD = 1024; // bytes
const SLICE = "give the slice itself, as PNG, JPEG or TIFF";
const DICOM = "a DICOM file";
const PICTURES = ["PNG", "JPEG", "TIFF"];
const PICTURE_ENDINGS = [".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".gif", ".webp"];
/** What the app reads and this page does not yet. */
const ELSEWHERE = [DICOM, "a NIfTI file", "a DICOM segmentation", "a set of contours (RTSTRUCT)",
  "a zip archive (or a document or arrays in one)", "a gzip archive"];

/**
 * What a file is; null if that is not known.
 * @param {Uint8Array} head
 * @param {Mark[]} marks
 * @returns {{kind: string, advice: string} | null}
 */
export function kindOf(head, marks) {
  const mark = marks.find(({ at, bytes }) => bytes.every((byte, i) => head[at + i] === byte));
  if (mark) return mark;
  if (isBareDicom(head)) return { kind: DICOM, advice: "" };
  const text = new TextDecoder("latin1").decode(head).replace(/^[\xef\xbb\xbf \t\r\n]+/, "").toLowerCase();
  if (text.startsWith("<!doctype html") || text.startsWith("<html")) return { kind: "a web page", advice: SLICE };
  if (text.startsWith("<svg") || text.startsWith("<?xml")) return { kind: "an SVG or XML file", advice: SLICE };
  return null;
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
 * @param {File} file
 * @param {Mark[]} marks
 */
export async function kindAt(file, marks) {
  const head = new Uint8Array(await file.slice(0, HEAD).arrayBuffer());
  return { head, found: kindOf(head, marks) };
}

/**
 * Refuse what is no picture; without its name unless it is called a picture, as names of scans often tell the patient's.
 * @param {File} file
 * @param {Mark[]} marks
 */
export async function checkPicture(file, marks) {
  const isCalled = PICTURE_ENDINGS.some((ending) => file.name.toLowerCase().endsWith(ending));
  const name = isCalled ? file.name : "The file";
  const { head, found } = await kindAt(file, marks);
  if (head.every((byte) => byte === 0)) throw new Refused(`${name} is empty: please give DICOM, NIfTI, PNG, JPEG or TIFF.`);
  if (found && PICTURES.includes(found.kind)) return;
  if (found && ELSEWHERE.includes(found.kind)) {
    throw new Refused(`${name} is ${found.kind}, and this page reads PNG, JPEG and TIFF only: please export the slice as `
      + "PNG, or open it in the app that this page was made from (python app.py), which reads DICOM and NIfTI.");
  }
  if (found) throw new Refused(`${name} is ${found.kind}, which cannot be read here: please ${found.advice}.`);
  throw new Refused(`${name} is not an image that can be read: please give DICOM, NIfTI, PNG, JPEG or TIFF.`);
}
