/* Compressed pixels -> the bytes of each frame (PS3.5, A.4), as pydicom takes them apart. */

import { joined } from "./bytes.js";

const ITEM = 0xfffee000, END = 0xfffee0dd;

/** The frames of a file. */
export class Frames {
  /**
   * @param {Uint8Array} bytes  Of the pixel data.
   * @param {number} count  Of frames.
   * @param {[Uint8Array, Uint8Array] | null} extended  Their offsets and lengths, where these lie apart.
   */
  constructor(bytes, count, extended) {
    this.bytes = bytes;
    this.count = count;
    this.extended = extended;
    const { offsets, start } = tableOf(bytes);
    this.offsets = offsets;
    this.start = start;
    this.fragments = extended || offsets.length ? [] : fragments(bytes.subarray(start));
  }

  /** @param {number} index */
  at(index) {
    const { bytes, count, extended, offsets, start, fragments: all } = this;
    if (extended) {
      const [at, length] = extended.map((table) => longAt(table, index));
      return bytes.subarray(start + at + 8, start + at + 8 + length);
    }
    if (offsets.length) {
      if (index >= offsets.length) throw new Error("its table of frames is too short");
      const end = index + 1 < offsets.length ? start + offsets[index + 1] : bytes.length;
      return joined(fragments(bytes.subarray(start + offsets[index], end)));
    }
    if (all.length === 1 || all.length === count) {
      if (index >= all.length) throw new Error("it has too few frames");
      return all[index];
    }
    return count === 1 ? joined(all) : byTheirEnds(all, index);
  }
}

/** @type {(table: Uint8Array, index: number) => number} */
const longAt = ({ buffer, byteOffset, length }, index) => (
  Number(new DataView(buffer, byteOffset, length).getBigUint64(8 * index, true)));

/** @param {Uint8Array} bytes */
function tableOf(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const length = view.getUint32(4, true);
  if (tagAt(view, 0) !== ITEM || length % 4) throw new Error("its pixels do not begin with a table");
  const offsets = Array.from({ length: length / 4 }, (_, i) => view.getUint32(8 + 4 * i, true));
  return { offsets, start: 8 + length };
}

/**
 * @param {Uint8Array} bytes
 * @returns {Uint8Array[]}
 */
function fragments(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const found = [];
  for (let at = 0; at + 4 <= bytes.length;) {
    const tag = tagAt(view, at);
    if (tag === END) break;
    if (tag !== ITEM) throw new Error("its pixels are no items");
    const length = view.getUint32(at + 4, true);
    if (length === 0xffffffff) throw new Error("a part of its pixels has no length");
    found.push(bytes.subarray(at + 8, at + 8 + length));
    at += 8 + length;
  }
  return found;
}

/**
 * The frame of which several fragments are one: each ends with a mark.
 * @param {Uint8Array[]} all
 * @param {number} index
 */
function byTheirEnds(all, index) {
  let frame = [], number = 0;
  for (const fragment of all) {
    frame.push(fragment);
    const last = fragment.subarray(-10);
    if (!last.some((byte, i) => byte === 0xff && last[i + 1] === 0xd9)) continue;
    if (number === index) return joined(frame);
    number++;
    frame = [];
  }
  if (frame.length && number === index) return joined(frame);
  throw new Error("it has too few frames");
}

/** @type {(view: DataView, at: number) => number} */
const tagAt = (view, at) => view.getUint16(at, true) * 65536 + view.getUint16(at + 2, true);
