/* Counts of a slice at every threshold, and of a whole volume: all its figures come from them, without a question. */

/**
 * @typedef {Uint32Array} Counts  tp, fp, fn of level 0, then of level 1, up to 255.
 * @typedef {(Counts | null)[]} Stack  Of each slice; null where the network has not looked yet.
 */

/**
 * @param {[number, number, number][]} table
 * @returns {Counts}
 */
export const countsOf = (table) => Uint32Array.from(table.flat());

/**
 * Without a mask every predicted pixel counts as fp.
 * @param {Uint8Array} probability
 * @returns {Counts}
 */
export function countsWithoutMask(probability) {
  const counts = new Uint32Array(3 * 256);
  for (const level of probability) counts[3 * level + 1]++;
  for (let level = 254; level >= 0; level--) counts[3 * level + 1] += counts[3 * level + 4];
  return counts;
}

/**
 * tp, fp and fn at a level.
 * @param {Counts} counts
 * @param {number} level
 * @returns {[number, number, number]}
 */
export const at = (counts, level) => [counts[3 * level], counts[3 * level + 1], counts[3 * level + 2]];

/**
 * The sums over the slices that the network has looked at.
 * @param {Stack} stack
 * @param {number} level
 * @returns {[number, number, number]}
 */
export function sumOf(stack, level) {
  let [tp, fp, fn] = [0, 0, 0];
  for (const counts of stack) {
    if (!counts) continue;
    tp += counts[3 * level];
    fp += counts[3 * level + 1];
    fn += counts[3 * level + 2];
  }
  return [tp, fp, fn];
}

/**
 * The place of the slice that something is largest on; null if it is nowhere above 0.
 * @param {Stack} stack
 * @param {(counts: Counts) => number} of
 */
export function placeOfMost(stack, of) {
  /** @type {number | null} */
  let best = null;
  let most = 0;
  stack.forEach((counts, place) => {
    const value = counts ? of(counts) : 0;
    if (value > most) [best, most] = [place, value];
  });
  return best;
}

/**
 * How bad a slice is: by its Dice, and where two have the same, by its wrong pixels. 0 where nothing is wrong or there.
 * @param {[number, number, number]} counts
 */
export function badness([tp, fp, fn]) {
  const wrong = fp + fn;
  return wrong && 1 - (2 * tp) / (2 * tp + wrong) + wrong * 1e-12;
}
