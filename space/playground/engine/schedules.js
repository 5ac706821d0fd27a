/* Learning-rate schedules: what the rate is multiplied with at a step. Each is one of keras.optimizers.schedules.

   halving  ExponentialDecay(rate, 80, 0.5, staircase=True)
   linear   PolynomialDecay(rate, 240, end_learning_rate=0)
   cosine   CosineDecay(rate, 240)
   warmup   CosineDecay(0, 216, warmup_target=rate, warmup_steps=24) */

const LENGTH = 240; // steps; linear and cosine end there, at 0
const HALVING = 80;
const WARMUP = 24;

/** @type {Record<import("./settings.js").Schedule, (step: number) => number>} */
export const SCHEDULES = {
  constant: () => 1,
  halving: (step) => {
    let factor = 1;
    for (let k = HALVING; k <= step; k += HALVING) factor /= 2;
    return factor;
  },
  linear: (step) => 1 - Math.min(step, LENGTH) / LENGTH,
  cosine: (step) => half(Math.min(step, LENGTH) / LENGTH),
  warmup: (step) => (step < WARMUP ? step / WARMUP : half(Math.min(step - WARMUP, LENGTH - WARMUP) / (LENGTH - WARMUP))),
};

/** @type {Record<import("./settings.js").Schedule, string>}  What a schedule does, for people. */
export const IN_WORDS = {
  constant: "",
  halving: `The schedule halves the rate every ${HALVING} steps.`,
  linear: `The schedule ends at step ${LENGTH}, at a rate of 0.`,
  cosine: `The schedule ends at step ${LENGTH}, at a rate of 0.`,
  warmup: `The rate rises for ${WARMUP} steps, then falls as a cosine. The schedule ends at step ${LENGTH}, at a rate of 0.`,
};

/**
 * (1 + cos(pi * part)) / 2 for a part of 0 to 1, by the series of the sine: a browser's own cosine may end in other bits.
 * @param {number} part
 */
function half(part) {
  const x = Math.PI * (0.5 - part);
  let [sine, term] = [x, x];
  for (let k = 2; k < 24; k += 2) {
    term *= -x * x / (k * (k + 1));
    sine += term;
  }
  return Math.max(0, (1 + sine) / 2);
}
