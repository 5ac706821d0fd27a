/* A deflated DICOM data set (PS3.5, A.5), within limits: pydicom inflates it without one, and is kept from it in Python. */

const MOST = 600 * 2 ** 20; // bytes
const MOST_BEHIND = 8; // bytes: a checksum, and what makes the length even

export class TooMuch extends Error {}

/**
 * @param {Uint8Array} bytes
 * @returns {Promise<Uint8Array<ArrayBuffer>>}
 * @throws {TooMuch}  Where it would be more than can be read.
 */
export async function deflatedWithin(bytes) {
  for (let more = 0; ; more++) { // bytes behind the stream, which a browser does not allow
    try {
      return await unpacked(bytes.subarray(0, bytes.length - more));
    } catch (error) {
      if (error instanceof TooMuch || more >= MOST_BEHIND) throw error;
    }
  }
}

/**
 * @param {Uint8Array} bytes
 * @returns {Promise<Uint8Array<ArrayBuffer>>}
 */
async function unpacked(bytes) {
  const stream = new Blob([/** @type {Uint8Array<ArrayBuffer>} */ (bytes)]).stream();
  const reader = stream.pipeThrough(new DecompressionStream("deflate-raw")).getReader();
  const parts = [];
  let size = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return new Uint8Array(await new Blob(parts).arrayBuffer());
    parts.push(value);
    size += value.length;
    if (size >= MOST) {
      reader.cancel().catch(() => {});
      throw new TooMuch();
    }
  }
}
