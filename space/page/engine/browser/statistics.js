/* Mean, spread and histogram of numbers. */

/**
 * @param {ArrayLike<number>} values
 * @returns {{mean: number, deviation: number}}
 */
export function spreadOf(values) {
  let mean = 0;
  for (let i = 0; i < values.length; i++) mean += values[i];
  mean /= values.length;
  let squares = 0;
  for (let i = 0; i < values.length; i++) squares += (values[i] - mean) ** 2;
  return { mean, deviation: Math.sqrt(squares / values.length) };
}

/**
 * How many numbers lie where, with their mean and standard deviation; the last bar holds its own end.
 * @param {Float32Array} values
 * @param {number} bars
 * @returns {import("../port.js").Histogram}
 */
export function histogram(values, bars) {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  if (low === high) [low, high] = [low - 0.5, high + 0.5]; // as numpy.histogram does
  const counts = Array(bars).fill(0);
  for (const value of values) counts[Math.min(bars - 1, Math.floor(((value - low) / (high - low)) * bars))]++;
  return { counts, low, high, ...spreadOf(values) };
}

/** @param {ArrayLike<number>} values */
export function largestAt(values) {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i] > values[best]) best = i;
  return best;
}
