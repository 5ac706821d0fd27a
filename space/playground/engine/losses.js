/* Losses and Dice, from the sums that ../ops/answer.c takes of each slice: soft Dice of the whole batch, with 1 added
   above and below, and the mean cross-entropy, as trainer/losses.py. */

/**
 * @typedef {number[]} Sums  Of a batch: overlap, predicted, true (soft), cross-entropy, then true positives and
 *   positives, counted at 0.5.
 * @typedef {import("./settings.js").Loss} Loss
 */

/** @returns {Sums} */
export const noSums = () => [0, 0, 0, 0, 0, 0];

/** @param {Sums} sums */
const softDice = ([overlap, predicted, truth]) => (2 * overlap + 1) / (predicted + truth + 1);

/**
 * @param {Sums} sums
 * @param {Loss} loss
 * @param {number} pixels  In the batch.
 */
export function lossOf(sums, loss, pixels) {
  return (loss === "bce" ? 0 : 1 - softDice(sums)) + (loss === "dice" ? 0 : sums[3] / pixels);
}

/**
 * The loss's gradient in the logits, as `answer_back` takes it.
 * @param {Sums} sums
 * @param {Loss} loss
 * @param {number} pixels
 */
export function slopes(sums, loss, pixels) {
  const below = sums[1] + sums[2] + 1;
  return {
    a: loss === "dice" ? 0 : 1 / pixels,
    on: loss === "bce" ? 0 : -2 / below,
    off: loss === "bce" ? 0 : softDice(sums) / below,
  };
}

/**
 * Dice of the answer at threshold 0.5, counted over all pixels together.
 * @param {Sums} sums
 */
export const diceOf = (sums) => (2 * sums[4]) / (sums[5] + sums[2]);
