/* Layer norm and batch norm, as layers. */

import { each } from "./layers.js";

/**
 * @typedef {import("./layers.js").Build} Build
 * @typedef {import("./memory.js").FeatureMap} FeatureMap
 */

const EPSILON = 1e-3; // of batch norm, as in Keras; layer norm's is in ../ops/norm.c
const MOMENTUM = 0.99; // of batch norm's moving averages, as in Keras

/**
 * Over all pixels and channels of a slice, without weights, as in the article's notebook.
 * @param {Build} build
 * @param {FeatureMap} x
 */
export function layerNorm({ ops, memory, layers }, x) {
  const { channels, side } = x;
  const y = memory.map(channels, side);
  const scales = new Float32Array(memory.batch);
  layers.push({
    forward: each((n) => { scales[n] = ops.norm(x.at + n * x.stride, y.at + n * y.stride, channels, side, side); }),
    backward: each((n) => ops.norm_back(
      y.at + n * y.stride, y.grad + n * y.stride, x.grad + n * x.stride, channels, side, side, scales[n],
    )),
  });
  return y;
}

/**
 * Over all pixels and slices of a batch, each channel for itself, without weights. Outside training it uses the moving
 * averages that training has left.
 * @param {Build} build
 * @param {FeatureMap} x
 */
export function batchNorm({ ops, memory, layers }, x) {
  const { channels, side } = x;
  const y = memory.map(channels, side);
  const [mean, scale, slope] = [memory.take(channels), memory.take(channels), memory.take(channels)];
  const sums = memory.take(4 * channels); // doubles, twice as many as channels
  const moving = { mean: new Float32Array(channels), variance: new Float32Array(channels).fill(1) };
  /** @param {number} k  The first or the second half of the sums. */
  const sum = (k) => memory.doubles.subarray(sums / 8 + k * channels, sums / 8 + (k + 1) * channels);
  /** @param {Float32Array} variance */
  const rescale = (variance) => memory.span(scale, channels).set(variance.map((value) => 1 / Math.sqrt(value + EPSILON)));
  /** @param {number} count */
  const learn = (count) => {
    const pixels = count * side * side;
    sum(0).fill(0);
    each((n) => ops.channel_sums(x.at + n * x.stride, sums, channels, side, side))(count);
    const means = memory.span(mean, channels);
    means.set(sum(0).map((value) => value / pixels));
    sum(0).fill(0);
    each((n) => ops.channel_squares(x.at + n * x.stride, mean, sums, channels, side, side))(count);
    const variance = Float32Array.from(sum(0), (value) => value / pixels);
    rescale(variance);
    for (let c = 0; c < channels; c++) {
      moving.mean[c] = MOMENTUM * moving.mean[c] + (1 - MOMENTUM) * means[c];
      moving.variance[c] = MOMENTUM * moving.variance[c] + (1 - MOMENTUM) * variance[c];
    }
  };
  layers.push({
    forward: (count, training) => {
      if (training) learn(count);
      else {
        memory.span(mean, channels).set(moving.mean);
        rescale(moving.variance);
      }
      each((n) => ops.standardize(x.at + n * x.stride, mean, scale, y.at + n * y.stride, channels, side, side))(count);
    },
    backward: (count) => {
      const pixels = count * side * side;
      sum(0).fill(0);
      sum(1).fill(0);
      each((n) => ops.channel_slopes(y.at + n * y.stride, y.grad + n * y.stride, sums, channels, side, side))(count);
      memory.span(mean, channels).set(sum(0).map((value) => value / pixels));
      memory.span(slope, channels).set(sum(1).map((value) => value / pixels));
      each((n) => ops.standardize_back(
        y.at + n * y.stride, y.grad + n * y.stride, x.grad + n * x.stride, scale, mean, slope, channels, side, side,
      ))(count);
    },
  });
  return y;
}
