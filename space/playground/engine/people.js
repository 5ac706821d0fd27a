/* The slices of imaginary people, as `python -m trainer playground` draws them, and their noise.

   ../data/people.gzip: for each person SLICES slices of SIDE x SIDE bytes, row by row: the grey level (0 to 31) doubled,
   plus 1 in the organ. Not a picture, because a canvas may change low bits of its pixels, and with them the curves. */

import { PIXELS } from "./memory.js";
import { randomness } from "./random.js";

/** @typedef {import("./unet.js").Slice} Slice */

export const SLICES = 8; // of each person
const LEVEL = 8; // of 256 grey levels, that one of the file's stands for

/**
 * @param {ReadableStream<Uint8Array<ArrayBuffer>>} stream  Of people.gzip.
 * @returns {Promise<Uint8Array>}  Bytes [people, SLICES, PIXELS].
 */
export async function readPeople(stream) {
  const unpacked = new Response(stream.pipeThrough(new DecompressionStream("gzip")));
  const bytes = new Uint8Array(await unpacked.arrayBuffer());
  if (!bytes.length || bytes.length % (SLICES * PIXELS)) throw new Error("The file of slices is not whole.");
  return bytes;
}

/** @type {{bytes: Uint8Array | null, noise: number, slices: Slice[]}} */
let last = { bytes: null, noise: 0, slices: [] };

/**
 * All slices, person by person, with noise that belongs to each slice as a scan's does: the same in every epoch.
 * Drawing the noise takes half a second, so what was made last is kept for the next run.
 * @param {Uint8Array} bytes
 * @param {number} noise  Deviation, in grey levels of 256.
 * @returns {Slice[]}
 */
export function withNoise(bytes, noise) {
  if (last.bytes === bytes && last.noise === noise) return last.slices;
  const slices = [];
  for (let number = 0; number * PIXELS < bytes.length; number++) {
    const { normal } = randomness(9176 * Math.floor(number / SLICES) + number % SLICES);
    const slice = { image: new Float32Array(PIXELS), mask: new Float32Array(PIXELS) };
    for (let i = 0; i < PIXELS; i++) {
      const byte = bytes[number * PIXELS + i];
      const grey = (byte >> 1) * LEVEL + LEVEL / 2;
      slice.image[i] = Math.min(1, Math.max(0, (grey + noise * normal()) / 255));
      slice.mask[i] = byte & 1;
    }
    slices.push(slice);
  }
  last = { bytes, noise, slices };
  return slices;
}
