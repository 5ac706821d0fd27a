/* Deflated data, unpacked within a limit, so that no small file becomes a huge one. Pako follows zlib, as Python does: it
   reads what several packers wrote one after another, and compares the checksums that gzip adds. */

import { Inflate, Z_FINISH, Z_SYNC_FLUSH } from "pako";

const [LEAST, CHUNK] = [1 << 12, 1 << 20]; // bytes at once: a picture can have a hundred thousand strips
const DENSEST = 1032; // bytes that one byte of deflated data can stand for

/** There is more than was asked for. */
export class TooLarge extends Error {}

/** Thrown to leave Pako's loop. */
const ENOUGH = new Error("enough");

/**
 * What gzip packed, all of it.
 * @param {Uint8Array} packed
 * @param {number} most  Bytes that are allowed.
 * @throws TooLarge, or an error that says what is wrong with the data.
 */
export function gunzipped(packed, most) {
  const said = packed.length < 4 ? 0 : new DataView(packed.buffer, packed.byteOffset).getUint32(packed.length - 4, true);
  const out = new Grown(Math.min(said, most, DENSEST * packed.length));
  inflate(packed, { windowBits: 31 }, Z_FINISH, out, (part) => {
    out.add(part);
    if (out.length > most) throw new TooLarge();
  });
  return out.bytes;
}

/**
 * What zlib packed (RFC 1950), all of it; what lies behind its end is left out.
 * @param {Uint8Array} packed
 * @param {number} most  Bytes that are wanted; more is an error.
 */
export function inflated(packed, most) {
  const out = new Grown(Math.min(most, 4 * packed.length)); // a header can lie
  inflate(packed, { windowBits: 15 }, Z_FINISH, out, (part) => {
    out.add(part);
    if (out.length > most) throw new Error("more is packed in it than belongs to the picture");
  });
  return out.bytes;
}

/**
 * Deflated data without a header, all of it; what lies behind its end is left out.
 * @param {Uint8Array} packed
 * @param {number} most  Bytes, of which there must be fewer.
 * @throws TooLarge, or an error that says what is wrong with the data.
 */
export function inflatedWhole(packed, most) {
  const out = new Grown(Math.min(most, 4 * packed.length));
  inflate(packed, { raw: true }, Z_FINISH, out, (part) => {
    out.add(part);
    if (out.length >= most) throw new TooLarge();
  });
  return out.bytes;
}

/**
 * The first bytes of deflated data without a header; fewer if there are no more.
 * @param {Uint8Array} packed
 * @param {number} most
 */
export const inflatedRaw = (packed, most) => beginning(packed, { raw: true }, most);

/**
 * The first bytes of what gzip packed, of which the end may be missing.
 * @param {Uint8Array} packed
 * @param {number} most
 */
export const gunzippedHead = (packed, most) => beginning(packed, { windowBits: 31 }, most);

/** @type {(packed: Uint8Array, how: import("pako").InflateOptions, most: number) => Uint8Array} */
function beginning(packed, how, most) {
  const out = new Grown(Math.min(most, DENSEST * packed.length));
  inflate(packed, how, Z_SYNC_FLUSH, out, (part) => {
    out.add(part.subarray(0, most - out.length));
    if (out.length >= most) throw ENOUGH;
  });
  return out.bytes;
}

/**
 * @param {Uint8Array} packed
 * @param {import("pako").InflateOptions} how
 * @param {2 | 4} mode
 * @param {Grown} out  Where it will go.
 * @param {(part: Uint8Array) => void} take
 */
function inflate(packed, how, mode, out, take) {
  const stream = new Inflate({ ...how, chunkSize: Math.min(CHUNK, Math.max(LEAST, out.room.length)) });
  stream.onData = take;
  stream.onEnd = () => {};
  try {
    stream.push(packed, mode);
  } catch (error) {
    if (error === ENOUGH) return;
    throw error;
  }
  if (stream.err) throw new Error(stream.msg);
}

/** Bytes that come in parts. */
class Grown {
  /** @param {number} room  Bytes that are likely to come. */
  constructor(room) {
    this.room = new Uint8Array(room);
    this.length = 0;
  }

  get bytes() {
    return this.room.subarray(0, this.length);
  }

  /** @param {Uint8Array} part */
  add(part) {
    const needed = this.length + part.length;
    if (needed > this.room.length) {
      const more = new Uint8Array(2 * needed);
      more.set(this.bytes);
      this.room = more;
    }
    this.room.set(part, this.length);
    this.length = needed;
  }
}
