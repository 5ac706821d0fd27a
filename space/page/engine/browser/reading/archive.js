/* The bytes of files: zip and gzip opened in memory, within limits, as space/readers/archive.py opens them. */

import { Refused } from "../../port.js";
import { gunzipped, TooLarge } from "./gzip.js";
import { contentOf, membersOf } from "./zip.js";

/**
 * @typedef {object} Content  A file, or a member of an archive.
 * @property {string} name  Good for the order of pictures alone: it says nothing else that can be relied on, and often who
 *   the patient is.
 * @property {Uint8Array} data  Its bytes, unpacked.
 */

/** What all files of a case may hold together, unpacked. */
export const MAX_BYTES = 600 * 2 ** 20;
const MAX_FILES = 3000;
const [ZIP, GZIP] = [[80, 75, 3, 4], [0x1f, 0x8b]];
const LOCKED_FLAG = 1;
const ASIDE = ["DICOMDIR", ".DS_Store", "Thumbs.db"];
const TOO_MANY = `These are too many files for one series: please give at most ${MAX_FILES}.`;
const TOO_LARGE = `This is too large once it is unpacked: at most ${MAX_BYTES / 2 ** 20} MB can be read. Please give fewer `
  + "slices.";
const LOCKED = "The zip archive is locked with a password: please unpack it and give the files.";
const DAMAGED_ZIP = "The zip archive is damaged or cut off, or packed in an unusual way: please pack it again.";
const DAMAGED_GZIP = "The gzip file is damaged or cut off: please save or download it again.";

/**
 * Yield files and the members of zip archives, what gzip packed unpacked.
 * @param {File[]} files
 * @returns {AsyncGenerator<Content>}
 */
export async function* unpacked(files) {
  let [count, total] = [0, 0];
  for (const file of files) {
    for await (const content of contents(file, MAX_BYTES - total)) {
      count++;
      total += content.data.length;
      if (count > MAX_FILES) throw new Refused(TOO_MANY);
      yield content;
    }
  }
}

/**
 * @param {File} file
 * @param {number} room
 * @returns {AsyncGenerator<Content>}
 */
async function* contents(file, room) {
  if (file.size > room) throw new Refused(TOO_LARGE);
  const data = new Uint8Array(await file.arrayBuffer());
  if (!begins(data, ZIP)) {
    yield { name: file.name, data: inflated(data, room) };
    return;
  }
  const members = unlessDamaged(() => membersOf(data)).filter(isWanted);
  if (members.length > MAX_FILES) throw new Refused(TOO_MANY);
  // no more than this is unpacked, whatever is true
  if (members.reduce((sum, { size }) => sum + size, 0) > room) throw new Refused(TOO_LARGE);
  if (members.some(({ flags }) => flags & LOCKED_FLAG)) throw new Refused(LOCKED);
  for (const member of members) {
    yield { name: member.name, data: inflated(unlessDamaged(() => contentOf(data, member)), room) };
  }
}

/**
 * @template T
 * @param {() => T} read
 * @returns {T}
 */
function unlessDamaged(read) {
  try {
    return read();
  } catch (error) {
    throw error instanceof Refused ? error : new Refused(DAMAGED_ZIP);
  }
}

/**
 * Leave out folders, what macOS and Windows add, and the table of contents of a DICOM disk.
 * @param {import("./zip.js").Member} member
 */
function isWanted({ name }) {
  const parts = name.split("/");
  const last = parts[parts.length - 1];
  return last !== "" && !last.startsWith("._") && !ASIDE.includes(last) && !parts.includes("__MACOSX");
}

/** @type {(data: Uint8Array, room: number) => Uint8Array} */
function inflated(data, room) {
  if (!begins(data, GZIP)) return data;
  try {
    return gunzipped(data, room);
  } catch (error) {
    throw new Refused(error instanceof TooLarge ? TOO_LARGE : DAMAGED_GZIP);
  }
}

/** @type {(data: Uint8Array, start: number[]) => boolean} */
const begins = (data, start) => start.every((byte, i) => data[i] === byte);
