/* Files -> a zip archive that holds them as they are: what is in it is packed already.

   APPNOTE.TXT, section 4.3: https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT */

import { crcOf } from "../../../png.js";

const [LOCAL, CENTRAL, END] = [0x04034b50, 0x02014b50, 0x06054b50];
const VERSION = 20; // of the format, times 10
const NEW_YEAR_1980 = 33; // the earliest date that a zip can say

/** @param {{name: string, data: Uint8Array<ArrayBuffer>}[]} files  Names of ASCII. */
export async function zipOf(files) {
  /** @type {Uint8Array<ArrayBuffer>[]} */
  const parts = [];
  /** @type {Uint8Array<ArrayBuffer>[]} */
  const directory = [];
  let at = 0;
  for (const { name, data } of files) {
    const letters = new TextEncoder().encode(name);
    const facts = [VERSION, 0, 0, 0, NEW_YEAR_1980, ...twice(crcOf(data)), ...twice(data.length), ...twice(data.length),
      letters.length, 0];
    directory.push(record(CENTRAL, [VERSION, ...facts, 0, 0, 0, 0, 0, ...twice(at)]), letters);
    parts.push(record(LOCAL, facts), letters, data);
    at = parts.reduce((sum, part) => sum + part.length, 0);
  }
  const size = directory.reduce((sum, part) => sum + part.length, 0);
  const end = record(END, [0, 0, files.length, files.length, ...twice(size), ...twice(at), 0]);
  return new Uint8Array(await new Blob([...parts, ...directory, end]).arrayBuffer());
}

/** @type {(value: number) => [number, number]}  A number of 32 bits as two of 16, the lower one first. */
const twice = (value) => [value & 0xffff, value >>> 16];

/** @type {(kind: number, numbers: number[]) => Uint8Array<ArrayBuffer>} */
function record(kind, numbers) {
  const view = new DataView(new ArrayBuffer(4 + 2 * numbers.length));
  view.setUint32(0, kind, true);
  numbers.forEach((number, i) => view.setUint16(4 + 2 * i, number, true));
  return new Uint8Array(view.buffer);
}
