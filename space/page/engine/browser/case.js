/* A case as the engine in the browser holds it, and its mask: what `Case` of space/case.py is in Python. */

import { turned } from "../../turns.js";

/**
 * @typedef {object} Case  A stack of slices as they are seen: the first is nearest the feet.
 * @property {string} name
 * @property {Int16Array | Float32Array} hu  Slice by slice, row by row.
 * @property {number} count  Of slices.
 * @property {number} height
 * @property {number} width
 * @property {[number, number, number] | null} spacing  Millimetres between slices, rows and columns, if they are known.
 * @property {boolean} placed  Whether the file says where the slices lie in the patient.
 * @property {boolean} inHu  Whether the values are known to be HU.
 * @property {string} reading  How stored values were read; empty where the file says it itself.
 * @property {number | null} millilitres  The volume of a voxel, if it is known.
 * @property {string[]} notes
 */
/**
 * @typedef {object} Mask
 * @property {Uint8Array} organ  1 where the organ is, slice by slice.
 * @property {string[]} notes
 */

const MIRRORED = 4;
const WORDS = ["", "turned a quarter clockwise", "turned upside down", "turned a quarter anticlockwise"];

/**
 * A case with all its slices turned; where they then lie in the patient is not known any more.
 * @param {Case} one
 * @param {number} turn  As `Source` of port.js has it.
 * @returns {Case}
 */
export function turnedCase(one, turn) {
  if (!turn) return one;
  const swapped = turn % 2 === 1;
  const spacing = one.spacing && swapped
    ? /** @type {[number, number, number]} */ ([one.spacing[0], one.spacing[2], one.spacing[1]]) : one.spacing;
  const done = turn >= MIRRORED ? ["mirrored left to right"] : [];
  if (turn % MIRRORED) done.push(WORDS[turn % MIRRORED]);
  return {
    ...one, spacing, placed: false,
    hu: turnedStack(one.hu, one, turn),
    height: swapped ? one.width : one.height,
    width: swapped ? one.height : one.width,
    notes: [...one.notes, `The slices are ${done.join(" and ")}, as you asked.`],
  };
}

/**
 * All slices of a stack, turned.
 * @template {Int16Array | Float32Array | Uint8Array} Stack
 * @param {Stack} stack
 * @param {{count: number, height: number, width: number}} shape  Of the stack as it is given.
 * @param {number} turn
 * @returns {Stack}
 */
export function turnedStack(stack, { count, height, width }, turn) {
  const out = /** @type {Stack} */ (stack.slice());
  const [from, to] = [stack, out].map(({ buffer, byteOffset, byteLength }) => (
    new Uint8Array(buffer, byteOffset, byteLength)));
  const size = from.length / count;
  for (let k = 0; k < count; k++) {
    to.set(turned(from.subarray(k * size, (k + 1) * size), width, height, turn).pixels, k * size);
  }
  return out;
}

/** @param {Case} one */
export const pixelMm = ({ spacing }) => (spacing ? [spacing[1], spacing[2]] : [0, 0]);
