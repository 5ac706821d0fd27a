/* The layers but the norms: each lays out what it needs in memory, and knows its way forwards and backwards. */

import { randomness } from "./random.js";

/**
 * @typedef {import("./memory.js").FeatureMap} FeatureMap
 * @typedef {import("./settings.js").Activation} Activation
 * @typedef {object} Layer
 * @property {(count: number, training: boolean) => void} forward  Of so many slices.
 * @property {(count: number) => void} backward
 * @typedef {object} Build  What layers are built with.
 * @property {import("./ops.js").Ops} ops
 * @property {import("./memory.js").Memory} memory
 * @property {Layer[]} layers
 */

/** @type {Activation[]} */
const ACTIVATIONS = ["linear", "relu", "leaky_relu", "elu", "tanh"]; // the order of ../ops/activation.c

/**
 * Work on one slice after another.
 * @param {(slice: number) => void} work
 */
export const each = (work) => (/** @type {number} */ count) => {
  for (let n = 0; n < count; n++) work(n);
};

/**
 * A 'same' convolution from x to y.
 * @param {Build} build
 * @param {FeatureMap} x
 * @param {FeatureMap} y
 * @param {string} name
 * @param {number} k  The kernel's side.
 * @param {{bias?: boolean, fan?: [number, number], gradient?: boolean}} options  `gradient`: whether x is asked for its own.
 */
export function convolution({ ops, memory, layers }, x, y, name, k, { bias = true, fan, gradient = true } = {}) {
  const { side, channels: inner } = x;
  const outer = y.channels;
  const before = (k - 1) >> 1;
  const kernel = memory.parameter(`${name}/kernel`, [k, k, inner, outer], fan ?? [k * k * inner, k * k * outer]);
  const offset = bias ? memory.parameter(`${name}/bias`, [outer], null) : { at: 0, grad: 0 };
  const mirrored = memory.take(kernel.size);
  layers.push({
    forward: each((n) => ops.conv(
      x.at + n * x.stride, kernel.at, offset.at, y.at + n * y.stride, side, side, inner, outer, k, before, 0,
    )),
    backward: (count) => {
      ops.mirror(kernel.at, mirrored, inner, outer, k);
      for (let n = 0; n < count; n++) {
        const dy = y.grad + n * y.stride;
        ops.conv_kernel(x.at + n * x.stride, dy, kernel.grad, offset.grad, side, side, inner, outer, k, before);
        if (gradient) ops.conv(dy, mirrored, 0, x.grad + n * x.stride, side, side, outer, inner, k, k - 1 - before, 1);
      }
    },
  });
}

/**
 * Stride 2, kernel 2 x 2: each pixel becomes four, so it is a 1 x 1 convolution whose channels are then spread.
 * @param {Build} build
 * @param {FeatureMap} x
 * @param {FeatureMap} y
 * @param {string} name
 */
export function transposedConvolution(build, x, y, name) {
  const { ops, memory, layers } = build;
  const { side, channels: inner } = x;
  const { channels } = y;
  const four = memory.map(4 * channels, side);
  convolution(build, x, four, name, 1, { bias: false, fan: [4 * channels, 4 * inner] }); // as Keras counts it for this layer
  const bias = memory.parameter(`${name}/bias`, [channels], null);
  layers.push({
    forward: each((n) => ops.spread(four.at + n * four.stride, bias.at, y.at + n * y.stride, channels, side, side)),
    backward: each((n) => ops.spread_back(
      y.grad + n * y.stride, four.grad + n * four.stride, bias.grad, channels, side, side,
    )),
  });
}

/**
 * Nearest neighbour, twice as large.
 * @param {Build} build
 * @param {FeatureMap} x
 */
export function enlargement({ ops, memory, layers }, x) {
  const y = memory.map(x.channels, 2 * x.side);
  layers.push({
    forward: each((n) => ops.enlarge(x.at + n * x.stride, y.at + n * y.stride, x.channels, x.side, x.side)),
    backward: each((n) => ops.enlarge_back(y.grad + n * y.stride, x.grad + n * x.stride, x.channels, x.side, x.side)),
  });
  return y;
}

/**
 * @param {Build} build
 * @param {FeatureMap} x
 */
export function pooling({ ops, memory, layers }, x) {
  const y = memory.map(x.channels, x.side / 2);
  layers.push({
    forward: each((n) => ops.pool(x.at + n * x.stride, y.at + n * y.stride, y.channels, y.side, y.side)),
    backward: each((n) => ops.pool_back(
      x.at + n * x.stride, y.grad + n * y.stride, x.grad + n * x.stride, y.channels, y.side, y.side,
    )),
  });
  return y;
}

/**
 * @param {Build} build
 * @param {FeatureMap} x
 * @param {FeatureMap} y
 * @param {Activation} name
 */
export function activation({ ops, layers }, x, y, name) {
  const kind = ACTIVATIONS.indexOf(name);
  layers.push({
    forward: each((n) => ops.act(x.at + n * x.stride, y.at + n * y.stride, x.channels, x.side, x.side, kind)),
    backward: each((n) => ops.act_back(
      y.at + n * y.stride, y.grad + n * y.stride, x.grad + n * x.stride, x.channels, x.side, x.side, kind,
    )),
  });
}

/**
 * In training, a share of each slice's maps is left out, and the others are raised to make up for them: Keras's
 * SpatialDropout2D. `factors` are those of the last step, a slice's channels after another's.
 * @param {Build} build
 * @param {FeatureMap} x
 * @param {number} share
 * @param {number} seed
 */
export function dropout({ ops, memory, layers }, x, share, seed) {
  const { channels, side } = x;
  const y = memory.map(channels, side);
  const at = memory.take(channels * memory.batch);
  const { uniform } = randomness(seed + 2000);
  const factors = () => memory.span(at, channels * memory.batch);
  layers.push({
    forward: (count, training) => {
      const draw = () => (uniform() < share ? 0 : 1 / (1 - share));
      factors().forEach((_, i, all) => { all[i] = training ? draw() : 1; });
      each((n) => ops.drop(x.at + n * x.stride, at + 4 * n * channels, y.at + n * y.stride, channels, side, side))(count);
    },
    backward: each((n) => ops.drop_back(
      y.grad + n * y.stride, at + 4 * n * channels, x.grad + n * x.stride, channels, side, side,
    )),
  });
  return { y, factors };
}
