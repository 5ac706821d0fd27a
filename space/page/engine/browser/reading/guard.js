/* Whatever a damaged file provokes in a reader ends in a sentence, as in space/readers/worker.py. */

import { Refused } from "../../port.js";
import { Question } from "./question.js";

export const DAMAGED = "The file is damaged or of an unusual kind and cannot be read: please export it again.";
const TOO_MUCH = "This needs more memory than there is for it: please give fewer slices.";

/**
 * Whether there was no memory for it; 'memory access out of bounds' is how a decoder ends that damaged data led astray.
 * @type {(error: unknown) => boolean}
 */
export const isTooMuch = (error) => /allocat|out of memory/i.test(String(error));

/**
 * @template T
 * @param {() => T | Promise<T>} read
 * @returns {Promise<T>}
 */
export async function guarded(read) {
  try {
    return await read();
  } catch (error) {
    if (error instanceof Refused || error instanceof Question) throw error;
    throw new Refused(isTooMuch(error) ? TOO_MUCH : DAMAGED);
  }
}
