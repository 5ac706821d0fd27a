/* Scores, as in space/metrics.py: counts first, every score from the counts. */

/**
 * @param {number} value
 * @param {number} low
 * @param {number} high
 */
export const clamp = (value, low, high) => Math.min(high, Math.max(low, value));

/**
 * The smallest level of a probability map that reaches a threshold (as preprocessing.threshold_level).
 * @param {number} threshold
 */
export const levelOf = (threshold) => clamp(Math.ceil(threshold * 255 - 1e-6), 0, 255);

/**
 * NaN where there is nothing to divide by.
 * @param {number} tp
 * @param {number} fp
 * @param {number} fn
 */
export function scoresOf(tp, fp, fn) {
  return {
    dice: (2 * tp) / (2 * tp + fp + fn),
    iou: tp / (tp + fp + fn),
    precision: tp / (tp + fp),
    recall: tp / (tp + fn),
  };
}

/**
 * Count a prediction against a reference; both hold a value for each pixel, 0 for background.
 * @param {Uint8Array} prediction
 * @param {Uint8Array} reference
 */
export function countPixels(prediction, reference) {
  let [tp, fp, fn] = [0, 0, 0];
  for (let i = 0; i < prediction.length; i++) {
    if (prediction[i] && reference[i]) tp++;
    else if (prediction[i]) fp++;
    else if (reference[i]) fn++;
  }
  return { tp, fp, fn };
}

/**
 * The Dice of two masks; NaN if both are empty.
 * @param {Uint8Array} a
 * @param {Uint8Array} b
 */
export function diceBetween(a, b) {
  const { tp, fp, fn } = countPixels(a, b);
  return scoresOf(tp, fp, fn).dice;
}

/**
 * How many pixels a mask marks.
 * @param {Uint8Array} mask
 */
export const counted = (mask) => mask.reduce((sum, value) => sum + Number(value > 0), 0);

/** @param {number} value */
export const shownScore = (value) => (Number.isNaN(value) ? "n/a" : value.toFixed(3));

/**
 * Put a score into an element, with all its digits beside it.
 * @param {HTMLElement} cell
 * @param {number} value
 */
export function putScore(cell, value) {
  cell.textContent = shownScore(value);
  cell.dataset.value = String(value);
}
