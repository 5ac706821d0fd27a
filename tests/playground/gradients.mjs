/* Each operation's gradient against finite differences, and the whole network's: prints {name: [analytic, numeric][]}.

   An operation's outputs, weighted with random numbers, make one number; it is differentiated along random directions. */
import {
  activation, convolution, dropout, enlargement, pooling, transposedConvolution,
} from "../../space/playground/engine/layers.js";
import { lossOf } from "../../space/playground/engine/losses.js";
import { Memory, PIXELS } from "../../space/playground/engine/memory.js";
import { batchNorm, layerNorm } from "../../space/playground/engine/norms.js";
import { instantiate } from "../../space/playground/engine/ops.js";
import { randomness } from "../../space/playground/engine/random.js";
import { DEFAULTS } from "../../space/playground/engine/settings.js";
import { UNet } from "../../space/playground/engine/unet.js";
import { module } from "./files.mjs";

const [BATCH, SIDE] = [3, 8];

/* One layer from maps of `inner` channels; `make` returns what it writes. */
function check(inner, make, step, seed) {
  const ops = instantiate(module);
  const memory = new Memory(ops, BATCH);
  const layers = [];
  const x = memory.map(inner, SIDE);
  const y = make({ ops, memory, layers }, x);
  memory.allocate();
  const { normal } = randomness(seed);
  const random = (length, scale = 1) => Float32Array.from({ length }, () => scale * normal());
  for (const parameter of memory.parameters) memory.view(parameter).set(random(parameter.size, 0.5));
  const values = Array.from({ length: BATCH * inner }, () => (
    random(SIDE * SIDE).map((v) => v + 0.1 * Math.sign(v)))); // away from the kink of a ReLU
  const weights = Array.from({ length: BATCH * y.channels }, () => random(y.side * y.side));
  const each = (map, work) => {
    for (let n = 0, k = 0; n < BATCH; n++) for (let c = 0; c < map.channels; c++) work(n, c, k++);
  };
  const forward = () => {
    for (const layer of layers) layer.forward(BATCH, true);
    let sum = 0;
    each(y, (n, c, k) => memory.read(y, n, c).forEach((value, i) => { sum += value * weights[k][i]; }));
    return sum;
  };
  const put = (shift, along) => each(x, (n, c, k) => (
    memory.write(x, n, c, values[k].map((value, i) => value + shift * along[k][i]))));
  const none = values.map((v) => v.map(() => 0));
  put(0, none);
  forward();
  memory.clearGradients(BATCH);
  each(y, (n, c, k) => memory.write({ ...y, at: y.grad }, n, c, weights[k]));
  for (const layer of [...layers].reverse()) layer.backward(BATCH);
  const gradients = [];
  each(x, (n, c) => gradients.push(memory.read({ ...x, at: x.grad }, n, c)));
  const parameterGradients = memory.parameters.map((p) => memory.gradientOf(p).slice());
  const dot = (a, b) => a.reduce((sum, value, i) => sum + value * b[i], 0);
  const found = [];
  for (let k = 0; k < 4; k++) { // along the input
    const along = values.map((v) => random(v.length));
    put(step, along);
    const above = forward();
    put(-step, along);
    const below = forward();
    found.push([gradients.reduce((sum, g, i) => sum + dot(g, along[i]), 0), (above - below) / (2 * step)]);
  }
  put(0, none);
  memory.parameters.forEach((parameter, k) => { // along each parameter
    const view = memory.view(parameter);
    const [start, along] = [view.slice(), random(parameter.size)];
    const at = (shift) => {
      view.set(start.map((value, i) => value + shift * along[i]));
      return forward();
    };
    found.push([dot(parameterGradients[k], along), (at(step) - at(-step)) / (2 * step)]);
    view.set(start);
  });
  return found;
}

const into = (build, x, channels, side, layer) => {
  const y = build.memory.map(channels, side);
  layer(y);
  return y;
};
const conv = (inner, outer, k) => (build, x) => into(build, x, outer, SIDE, (y) => convolution(build, x, y, "c", k));
const act = (name) => (build, x) => into(build, x, 3, SIDE, (y) => activation(build, x, y, name));
/* Small steps where there are kinks: those of a ReLU and of a maximum. */
const [SMOOTH, KINKS] = [1e-2, 1e-3];
const found = {
  "convolution 3 to 4, 3 x 3": check(3, conv(3, 4, 3), SMOOTH, 1),
  "convolution 4 to 5, 5 x 5": check(4, conv(4, 5, 5), SMOOTH, 2),
  "convolution 2 to 8, 7 x 7": check(2, conv(2, 8, 7), SMOOTH, 3),
  "convolution 3 to 2, 2 x 2": check(3, conv(3, 2, 2), SMOOTH, 4),
  "convolution 5 to 1, 1 x 1": check(5, conv(5, 1, 1), SMOOTH, 5),
  "transposed convolution": check(4, (build, x) => into(build, x, 3, 2 * SIDE, (y) => (
    transposedConvolution(build, x, y, "t"))), SMOOTH, 6),
  enlargement: check(3, enlargement, SMOOTH, 7),
  pooling: check(3, pooling, KINKS, 8),
  linear: check(3, act("linear"), SMOOTH, 9),
  relu: check(3, act("relu"), KINKS, 10),
  leaky_relu: check(3, act("leaky_relu"), KINKS, 11),
  elu: check(3, act("elu"), KINKS, 12),
  tanh: check(3, act("tanh"), SMOOTH, 13),
  "layer norm": check(3, layerNorm, SMOOTH, 14),
  "batch norm": check(3, batchNorm, SMOOTH, 15),
};

/* Dropout draws another mask at each step: here the first is kept. */
{
  const make = (build, x) => {
    const { y, factors } = dropout(build, x, 0.5, 1);
    let kept = null;
    const [layer] = build.layers;
    build.layers[0] = {
      ...layer,
      forward: (count, training) => {
        layer.forward(count, training);
        kept ??= factors().slice();
        factors().set(kept);
        for (let n = 0; n < count; n++) {
          const at = factors().byteOffset + 4 * n * x.channels;
          build.ops.drop(x.at + n * x.stride, at, y.at + n * y.stride, x.channels, x.side, x.side);
        }
      },
    };
    return y;
  };
  found.dropout = check(8, make, SMOOTH, 16);
}

/* The losses, through a whole network without kinks, along its gradient. */
for (const loss of ["dice", "bce", "dice_bce"]) {
  const settings = { ...DEFAULTS, pools: 1, filters: 4, activation: "tanh", norm: "batch", batch: 2, loss };
  const net = new UNet(module, settings);
  const { uniform } = randomness(3);
  const slices = Array.from({ length: 2 }, () => ({
    image: Float32Array.from({ length: PIXELS }, uniform),
    mask: Float32Array.from({ length: PIXELS }, (_, i) => (i % 64 < 20 ? 1 : 0)),
  }));
  net.backward(net.forward(slices, true), loss);
  found[`loss ${loss}`] = net.memory.parameters.filter(({ fan }) => fan).map((parameter) => {
    const [view, gradient] = [net.memory.view(parameter), net.memory.gradientOf(parameter).slice()];
    const start = view.slice();
    const length = Math.sqrt(gradient.reduce((sum, g) => sum + g * g, 0));
    const at = (shift) => {
      view.set(start.map((value, i) => value + shift * gradient[i] / length));
      return lossOf(net.forward(slices, true), loss, slices.length * PIXELS);
    };
    const numeric = (at(0.02) - at(-0.02)) / 0.04;
    view.set(start);
    return [length, numeric];
  });
}
console.log(JSON.stringify(found));
