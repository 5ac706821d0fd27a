/* The table of contents of a zip archive, and its members, as Python's zipfile reads them.

   APPNOTE.TXT, section 4.3 (the records), 4.5.3 (zip64): https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT */

import { crcOf } from "../../../png.js";
import { Refused } from "../../port.js";
import { inflatedRaw } from "./gzip.js";
import { ELSEWHERE } from "./raster.js";

/**
 * @typedef {object} Member
 * @property {string} name
 * @property {number} flags
 * @property {number} method
 * @property {number} crc
 * @property {number} packed  Bytes as it is packed.
 * @property {number} size  Bytes unpacked, as the archive says.
 * @property {number} at  Where its own header begins.
 */

const [LOCAL, CENTRAL, END, END_64, LOCATOR_64] = [0x04034b50, 0x02014b50, 0x06054b50, 0x06064b50, 0x07064b50];
const [LOCAL_SIZE, CENTRAL_SIZE, END_SIZE, END_64_SIZE, LOCATOR_SIZE] = [30, 46, 22, 56, 20];
const [STORED, DEFLATED] = [0, 8];
const RARE = [12, 14]; // bzip2, LZMA
const [PATCHED, STRONGLY_LOCKED, UTF_8] = [0x20, 0x40, 0x800];
const NEWEST = 63; // the version of the format, times 10
const FULL = 0xffffffff; // the number is among the extra fields
const ZIP_64 = 1; // the extra field for it

/**
 * The table of contents.
 * @param {Uint8Array} data
 * @returns {Member[]}
 */
export function membersOf(data) {
  const { start, size, before } = directoryOf(viewOf(data), data);
  const directory = data.subarray(start, start + size);
  const view = viewOf(directory);
  const members = [];
  for (let at = 0; at < size;) {
    const isOdd = view.getUint32(at, true) !== CENTRAL || view.getUint8(at + 6) > NEWEST;
    if (isOdd) throw new Error("the table of contents is damaged");
    const lengths = [28, 30, 32].map((place) => view.getUint16(at + place, true)); // of its name, extra fields, comment
    const flags = view.getUint16(at + 8, true);
    const nameAt = at + CENTRAL_SIZE;
    const sizes = [24, 20, 42].map((place) => view.getUint32(at + place, true));
    const [unpacked, packed, header] = withExtra(view, nameAt + lengths[0], lengths[1], sizes);
    members.push({
      name: nameOf(directory.subarray(nameAt, nameAt + lengths[0]), flags), flags, method: view.getUint16(at + 10, true),
      crc: view.getUint32(at + 16, true), packed, size: unpacked, at: header + before,
    });
    at = nameAt + lengths[0] + lengths[1] + lengths[2];
  }
  return members;
}

/**
 * A member's bytes; never more than the table of contents says.
 * @param {Uint8Array} data
 * @param {Member} member
 */
export function contentOf(data, { name, flags, method, crc, packed, size, at }) {
  const view = viewOf(data);
  const isOdd = view.getUint32(at, true) !== LOCAL || flags & (PATCHED | STRONGLY_LOCKED);
  const nameEnd = at + LOCAL_SIZE + view.getUint16(at + 26, true);
  if (isOdd || nameOf(data.subarray(at + LOCAL_SIZE, nameEnd), view.getUint16(at + 6, true)) !== name) {
    throw new Error("a member's header is damaged");
  }
  const start = nameEnd + view.getUint16(at + 28, true);
  const bytes = data.subarray(start, start + packed);
  if (RARE.includes(method)) throw new Refused(`The zip archive is packed in a way ${ELSEWHERE}: please pack it again.`);
  if (method !== STORED && method !== DEFLATED) throw new Error("a member cannot be unpacked");
  const content = method === STORED ? bytes.subarray(0, size) : inflatedRaw(bytes, size);
  if (crcOf(content) !== crc) throw new Error("a member's checksum is wrong");
  return content;
}

/** @type {(data: Uint8Array) => DataView} */
const viewOf = (data) => new DataView(data.buffer, data.byteOffset, data.byteLength);

/**
 * Where the table of contents lies, and how many bytes of something else stand before the archive.
 * @param {DataView} view
 * @param {Uint8Array} data
 */
function directoryOf(view, data) {
  const end = endOf(view, data);
  let [size, offset, gap] = [view.getUint32(end + 12, true), view.getUint32(end + 16, true), 0];
  const at64 = end - LOCATOR_SIZE - END_64_SIZE;
  const hasLocator = at64 >= 0 && view.getUint32(end - LOCATOR_SIZE, true) === LOCATOR_64;
  if (hasLocator && view.getUint32(at64, true) === END_64) {
    [size, offset] = [bigAt(view, at64 + 40), bigAt(view, at64 + 48)];
    gap = LOCATOR_SIZE + END_64_SIZE;
  }
  const before = end - gap - size - offset;
  if (before + offset < 0) throw new Error("the table of contents is elsewhere");
  return { start: offset + before, size, before };
}

/** @type {(view: DataView, data: Uint8Array) => number}  Where the last record begins; a comment may follow it. */
function endOf(view, data) {
  for (let at = data.length - END_SIZE; at >= Math.max(0, data.length - END_SIZE - 0x10000); at--) {
    if (view.getUint32(at, true) === END) return at;
  }
  throw new Error("there is no table of contents");
}

/**
 * Sizes and places, those of them from the extra fields that do not fit elsewhere.
 * @type {(view: DataView, at: number, length: number, values: number[]) => number[]}
 */
function withExtra(view, at, length, values) {
  const end = Math.min(at + length, view.byteLength);
  while (at + 4 <= end) {
    const [kind, size] = [view.getUint16(at, true), view.getUint16(at + 2, true)];
    let next = at + 4;
    at = next + size;
    if (at > end) throw new Error("the extra fields are damaged");
    if (kind === ZIP_64) return values.map((value) => (value === FULL ? bigAt(view, (next += 8) - 8) : value));
  }
  return values;
}

/** @type {(view: DataView, at: number) => number} */
const bigAt = (view, at) => Number(view.getBigUint64(at, true));

/** @type {(bytes: Uint8Array, flags: number) => string} */
function nameOf(bytes, flags) {
  const text = flags & UTF_8 ? new TextDecoder("utf-8", { fatal: true }).decode(bytes) : String.fromCharCode(...bytes);
  return text.split("\0")[0];
}
