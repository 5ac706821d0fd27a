/* Deflated data (RFC 1950), of which no more is unpacked than is wanted: a few bytes can stand for gigabytes. */

/**
 * @param {Uint8Array<ArrayBuffer>} bytes
 * @param {number} most  Bytes that are wanted; more is an error.
 * @returns {Promise<Uint8Array>}
 */
export async function inflated(bytes, most) {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  const reader = stream.getReader();
  const out = new Grown(most);
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return out.bytes;
    if (out.length + value.length > most) {
      reader.cancel().catch(() => {});
      throw new Error("more is packed in it than belongs to the picture");
    }
    out.add(value);
  }
}

/** Bytes that come in parts; room is made as they come, as a header can lie. */
class Grown {
  /** @param {number} most */
  constructor(most) {
    this.most = most;
    this.length = 0;
    this.room = new Uint8Array(Math.min(most, 2 ** 16));
  }

  get bytes() {
    return this.room.subarray(0, this.length);
  }

  /** @param {Uint8Array} part */
  add(part) {
    const needed = this.length + part.length;
    if (needed > this.room.length) {
      const more = new Uint8Array(Math.min(this.most, 2 * needed));
      more.set(this.bytes);
      this.room = more;
    }
    this.room.set(part, this.length);
    this.length = needed;
  }
}
