/* Pixels packed by DICOM's run lengths (PS3.5, annex G), which need no decoder. */

const HEADER = 64; // bytes

/**
 * @param {Uint8Array} frame
 * @param {number} count  Of pixels.
 * @param {number} size  Bytes of each.
 * @returns {Uint8Array<ArrayBuffer>}  Little-endian.
 */
export function unpackedRuns(frame, count, size) {
  const view = new DataView(frame.buffer, frame.byteOffset, Math.min(frame.length, HEADER));
  if (frame.length < HEADER || view.getUint32(0, true) !== size) throw new Error("its runs do not fit its pixels");
  const out = new Uint8Array(count * size);
  for (let plane = 0; plane < size; plane++) { // the first has the highest bytes
    const end = plane + 1 < size ? view.getUint32(4 * (plane + 2), true) : frame.length;
    const runs = frame.subarray(view.getUint32(4 * (plane + 1), true), end);
    fill(runs, out, size - 1 - plane, size);
  }
  return out;
}

/** @type {(runs: Uint8Array, out: Uint8Array, first: number, step: number) => void} */
function fill(runs, out, first, step) {
  let to = first;
  for (let at = 0; at < runs.length && to < out.length;) {
    const head = runs[at++];
    if (head === 128) continue;
    const repeated = head > 128;
    const length = repeated ? 257 - head : head + 1;
    for (let i = 0; i < length && at < runs.length && to < out.length; i++, to += step) {
      out[to] = runs[at];
      if (!repeated) at++;
    }
    if (repeated) at++;
  }
  if (to < out.length) throw new Error("its runs end too early");
}
