/* Why a network cannot run in a browser, in sentences that say what to do. */

import { Refused } from "../port.js";

const OTHER = "please open this page in a current Chrome, Edge, Firefox or Safari";
const FAILED = `This browser could not run the network: ${OTHER}.`;
export const STOPPED = "What runs the network could not be started: please check the connection, and reload the page; "
  + `if that does not help, ${OTHER}.`;
export const TOO_SLOW = "Reading took too long: please give fewer or smaller files.";
const FULL = "There is not enough memory for the network: please close other tabs and programs, then reload this page.";
const WITHOUT = "What needs no network works here all the same, such as Dice, Training, Results and some lessons.";
// a module of one function that makes a vector: only a browser that knows SIMD calls it valid
const VECTOR = new Uint8Array(
  [0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11]);

/** What the browser lacks, a few words each. */
export function lacking() {
  return [
    typeof WebAssembly === "undefined" ? "no WebAssembly" : !WebAssembly.validate(VECTOR) && "no SIMD in its WebAssembly",
    typeof Worker === "undefined" && "no workers",
    typeof DecompressionStream === "undefined" && "no DecompressionStream",
  ].filter((words) => typeof words === "string");
}

/** @param {string[]} missing */
export function tooOld(missing) {
  return `This browser is too old to run the network (it has ${missing.join(" and ")}): ${OTHER}. ${WITHOUT}`;
}

/**
 * What a person is told of an error.
 * @param {unknown} error
 */
export function sentenceOf(error) {
  if (error instanceof Refused) return error.message;
  return /memory|alloc/i.test(String(error)) ? FULL : FAILED;
}
