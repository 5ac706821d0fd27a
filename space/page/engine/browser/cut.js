/* A volume cut along the body: rows from the head down to the feet, as space/cuts.py cuts it. */

import { Refused } from "../port.js";
import { huToGrey } from "./numbers.js";

/**
 * @param {import("./opened.js").Opened} opened
 * @param {"coronal" | "sagittal"} plane
 * @param {number} at  A row of the slices for a coronal plane, a column for a sagittal one.
 * @returns {import("../port.js").Plane}
 */
export function cut({ case: { hu, count, height, width }, reference, seen, window }, plane, at) {
  const coronal = plane === "coronal";
  if (!(at >= 0 && at < (coronal ? height : width))) {
    throw new Refused(`There is no ${plane} plane ${at} in slices of ${width} x ${height} pixels.`);
  }
  const across = coronal ? width : height;
  const [first, step] = coronal ? [at * width, 1] : [at, width];
  /**
   * @template {Uint8Array | Int16Array | Float32Array} Lines
   * @param {Lines} into
   * @param {(place: number) => ArrayLike<number>} from
   */
  const lines = (into, from) => {
    for (let row = 0; row < count; row++) {
      const slice = from(count - 1 - row);
      for (let x = 0; x < across; x++) into[row * across + x] = slice[first + x * step];
    }
    return into;
  };
  const size = height * width;
  const values = hu instanceof Int16Array ? new Int16Array(count * across) : new Float32Array(count * across);
  return {
    width: across, height: count,
    slice: huToGrey(lines(values, (place) => hu.subarray(place * size, (place + 1) * size)), window),
    probability: lines(new Uint8Array(count * across), (place) => seen.map(place)),
    mask: reference && lines(new Uint8Array(count * across), (place) => reference.subarray(place * size, (place + 1) * size))
      .map((marked) => 255 * marked),
  };
}
