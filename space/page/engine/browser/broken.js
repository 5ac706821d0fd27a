/* A slice that is changed in one way: of the changes of space/changes.py those that are plain arithmetic, and so the same
   to the last bit. The others are made by libraries of Python's: a picture that is only nearly theirs would not lie on the
   curve. */

import { Refused } from "../port.js";
import { huToGrey } from "./numbers.js";

/**
 * @param {Uint8Array} pixels
 * @param {string} change
 * @param {number} strength
 * @param {import("./numbers.js").Window} window
 */
export function changed(pixels, change, strength, window) {
  const [low, high] = window;
  const width = high - low;
  const level = (low + high) / 2;
  if (change === "window level") return strength === level ? pixels : shownIn(pixels, window, strength, width);
  if (change === "window width") return strength === width ? pixels : shownIn(pixels, window, level, strength);
  throw new Refused(`Without a server, this page changes the window only: for ${change}, open the app that it was made from `
    + "(python app.py).");
}

/**
 * A slice in another window; what the trained window cut off stays lost.
 * @param {Uint8Array} pixels
 * @param {import("./numbers.js").Window} window
 * @param {number} level
 * @param {number} width
 */
function shownIn(pixels, [low, high], level, width) {
  const factor = Math.fround((high - low) / 255);
  const hu = Float32Array.from(pixels, (grey) => Math.fround(Math.fround(grey * factor) + Math.fround(low)));
  return huToGrey(hu, [level - width / 2, level + width / 2]);
}
