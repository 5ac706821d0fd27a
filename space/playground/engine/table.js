/* Counts at every threshold: level k marks what has a probability of k / 256 or more. */

const LEVELS = 256;

/** @typedef {number[][]} Table  How many pixels have each level of probability: outside the organ, and inside. */

/** @returns {Table} */
export const noTable = () => [new Array(LEVELS).fill(0), new Array(LEVELS).fill(0)];

/**
 * @param {Table} table  Is added to.
 * @param {Float32Array} probability
 * @param {Float32Array} mask
 */
export function count(table, probability, mask) {
  for (let i = 0; i < probability.length; i++) {
    const level = Math.floor(probability[i] * LEVELS) || 0; // NaN, of a network that diverged, marks nothing
    table[mask[i]][Math.min(LEVELS - 1, level)]++;
  }
}

/**
 * Dice over all pixels together, marked from a level on.
 * @param {Table} table
 * @param {number} level
 */
export function diceFrom([outside, inside], level) {
  const from = (/** @type {number[]} */ counts) => counts.slice(level).reduce((a, b) => a + b, 0);
  const found = from(inside);
  const truth = inside.reduce((a, b) => a + b, 0);
  return (2 * found) / (found + from(outside) + truth);
}
