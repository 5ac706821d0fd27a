/* The optimisers, as Keras has them with its defaults. */

/**
 * @typedef {(w: Float32Array, g: Float32Array, m: Float32Array, v: Float32Array) => void} Update
 */

export class Optimizer {
  /**
   * @param {import("./memory.js").Memory} memory  Its parameters are what is updated.
   * @param {import("./settings.js").OptimizerName} name
   */
  constructor(memory, name) {
    this.memory = memory;
    this.name = name;
    this.decay = [1, 1]; // powers of Adam's two decays
    this.first = memory.parameters.map(({ size }) => new Float32Array(size));
    this.second = memory.parameters.map(({ size }) => new Float32Array(size));
  }

  /** @param {number} rate */
  step(rate) {
    this.decay = [0.9 * this.decay[0], 0.999 * this.decay[1]];
    const update = UPDATES[this.name](rate, this.decay);
    this.memory.parameters.forEach((parameter, k) => {
      update(this.memory.view(parameter), this.memory.gradientOf(parameter), this.first[k], this.second[k]);
    });
  }
}

/** @type {Record<import("./settings.js").OptimizerName, (rate: number, decay: number[]) => Update>} */
const UPDATES = {
  sgd: (rate) => (w, g) => {
    for (let i = 0; i < w.length; i++) w[i] -= rate * g[i];
  },
  momentum: (rate) => (w, g, m) => {
    for (let i = 0; i < w.length; i++) {
      m[i] = 0.9 * m[i] - rate * g[i];
      w[i] += m[i];
    }
  },
  rmsprop: (rate) => (w, g, _, v) => {
    for (let i = 0; i < w.length; i++) {
      v[i] += 0.1 * (g[i] * g[i] - v[i]);
      w[i] -= rate * g[i] / Math.sqrt(v[i] + 1e-7);
    }
  },
  adam: (rate, [first, second]) => (w, g, m, v) => {
    const scaled = rate * Math.sqrt(1 - second) / (1 - first);
    for (let i = 0; i < w.length; i++) {
      m[i] += 0.1 * (g[i] - m[i]);
      v[i] += 0.001 * (g[i] * g[i] - v[i]);
      w[i] -= scaled * m[i] / (Math.sqrt(v[i]) + 1e-7);
    }
  },
};
