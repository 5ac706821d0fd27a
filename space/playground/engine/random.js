/* Seeded random numbers, and what the initialisers draw.

   Only + - * / and square roots, here and wherever training draws: these are the same on every machine; cosines and
   logarithms are not, and one last bit grows to another curve. */

/**
 * @typedef {object} Randomness
 * @property {() => number} uniform  In 0..1, without 1 (mulberry32).
 * @property {() => number} normal  Nearly normal, of mean 0 and deviation 1: the sum of twelve, less six.
 */

/**
 * @param {number} seed
 * @returns {Randomness}
 */
export function randomness(seed) {
  let state = seed >>> 0;
  const uniform = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  const normal = () => {
    let sum = -6;
    for (let k = 0; k < 12; k++) sum += uniform();
    return sum;
  };
  return { uniform, normal };
}

/**
 * A shuffled copy.
 * @template T
 * @param {readonly T[]} list
 * @param {Randomness} random
 * @returns {T[]}
 */
export function shuffled(list, { uniform }) {
  const all = [...list];
  for (let i = all.length - 1; i > 0; i--) {
    const j = Math.floor(uniform() * (i + 1));
    [all[i], all[j]] = [all[j], all[i]];
  }
  return all;
}

/**
 * What draws a kernel's numbers: Keras's initialisers of the same names; the last two are there to go wrong.
 * @type {Record<import("./settings.js").Initializer, (random: Randomness, fanIn: number, fanOut: number) => () => number>}
 */
export const INITIALIZERS = {
  he_normal: (random, fanIn) => () => truncated(random) * Math.sqrt(2 / fanIn) / 0.87962566,
  glorot_uniform: ({ uniform }, fanIn, fanOut) => () => (2 * uniform() - 1) * Math.sqrt(6 / (fanIn + fanOut)),
  random_normal: ({ normal }) => () => 0.05 * normal(),
  too_large: ({ normal }) => normal,
  zeros: () => () => 0,
};

/** @param {Randomness} random */
function truncated({ normal }) {
  for (;;) {
    const value = normal();
    if (Math.abs(value) < 2) return value;
  }
}
