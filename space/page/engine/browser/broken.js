/* A slice that is changed in one way, 'Break it yourself': space/broken.py in JavaScript. */

import { Refused } from "../port.js";
import { CHANGES } from "./changes.js";
import { short } from "./numbers.js";

/**
 * @typedef {object} Change  As space/changes.py has them.
 * @property {string} name
 * @property {string} unit
 * @property {number} trained  The strength that leaves a slice as it is.
 * @property {number[]} strengths  Those that are measured.
 */

/**
 * @param {import("./changes.js").Marked} slice
 * @param {string} name  Of a change.
 * @param {number} strength
 * @param {{window: import("./numbers.js").Window, changes: Change[]}} facts
 * @returns {import("./changes.js").Marked}
 */
export function changed(slice, name, strength, { window, changes }) {
  const change = changes.find((one) => one.name === name);
  if (!change) {
    throw new Refused(`There is no change '${name}': choose one of ${changes.map((one) => one.name).join(", ")}.`);
  }
  const [weakest, strongest] = [Math.min(...change.strengths), Math.max(...change.strengths)];
  if (!(strength >= weakest && strength <= strongest)) {
    throw new Refused(`The ${name} goes from ${short(weakest)} to ${short(strongest)} ${change.unit}, not to `
      + `${short(strength)}.`);
  }
  return strength === change.trained ? slice : CHANGES[name](slice, strength, window);
}
