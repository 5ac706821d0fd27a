/* A U-Net that trains. The arithmetic is in ../ops; nothing here knows of a page.

     slice -> level 0 -> pool -> level 1 -> ... -> deepest        each level keeps its maps (skip)
              level 0 <- up   <- level 1 <- ... <- deepest        and gets them back on the way up */

import { activation, convolution, dropout, enlargement, pooling, transposedConvolution } from "./layers.js";
import { noSums, slopes } from "./losses.js";
import { Memory, PIXELS, SIDE } from "./memory.js";
import { batchNorm, layerNorm } from "./norms.js";
import { instantiate } from "./ops.js";
import { INITIALIZERS, randomness } from "./random.js";

/**
 * @typedef {import("./memory.js").FeatureMap} FeatureMap
 * @typedef {{image: Float32Array, mask: Float32Array}} Slice  [SIDE * SIDE], both 0..1.
 */

export class UNet {
  /**
   * @param {WebAssembly.Module} module  Of ops.wasm.
   * @param {import("./settings.js").Shape} settings
   */
  constructor(module, settings) {
    this.settings = settings;
    this.ops = instantiate(module);
    this.memory = new Memory(this.ops, settings.batch);
    /** @type {import("./layers.js").Layer[]} */
    this.layers = [];
    /** @type {{name: string, map: FeatureMap}[]} */
    this.levels = []; // what each level hands on, for a look inside
    this.build = { ops: this.ops, memory: this.memory, layers: this.layers };
    this.factors = () => new Float32Array(0); // of dropout
    this.count = 0; // slices that went forward last
    this.input = this.memory.map(1, SIDE, false);
    this.logit = this.memory.map(1, SIDE);
    this.probability = this.memory.map(1, SIDE, false);
    this.truth = this.memory.take(settings.batch * PIXELS);
    this.sums = this.memory.take(16);
    this.plan();
    this.memory.allocate();
    this.initialize();
  }

  /** Lay out the network, from the slice to the logit. */
  plan() {
    const { build, memory } = this;
    const { pools, filters, kernel, skips, upsampling } = this.settings;
    const width = (/** @type {number} */ depth) => filters * 2 ** depth;
    const joints = [];
    let x = this.input;
    for (let depth = 0; depth < pools; depth++) { // down
      // a joint holds the skip, and after it what the way up sends: so joining copies nothing
      const joint = memory.map((skips ? 2 : 1) * width(depth), SIDE >> depth);
      joints.push(joint);
      const into = skips ? memory.part(joint, 0, width(depth)) : null;
      x = pooling(build, this.block(x, width(depth), `encoder_${depth}`, depth ? 3 : kernel, into));
    }
    x = this.block(x, width(pools), "bottleneck", 3, null);
    if (this.settings.dropout) {
      const { y, factors } = dropout(build, x, this.settings.dropout, this.settings.seed);
      [x, this.factors] = [y, factors];
    }
    for (let depth = pools - 1; depth >= 0; depth--) { // up
      const into = memory.part(joints[depth], skips ? width(depth) : 0, width(depth));
      if (upsampling === "transpose") transposedConvolution(build, x, into, `up_${depth}`);
      else this.resized(x, into, `up_${depth}`);
      x = this.block(joints[depth], width(depth), `decoder_${depth}`, 3, null);
    }
    convolution(build, x, this.logit, "logit", 1);
  }

  /**
   * The convolutions of a level, each with its norm and activation.
   * @param {FeatureMap} x
   * @param {number} width
   * @param {string} name
   * @param {number} kernel
   * @param {FeatureMap | null} into  Where the last one's maps go; null for a place of their own.
   */
  block(x, width, name, kernel, into) {
    const { build, memory } = this;
    const { convolutions, norm } = this.settings;
    for (let number = 0; number < convolutions; number++) {
      const linear = memory.map(width, x.side);
      const side = number ? 3 : kernel;
      convolution(build, x, linear, `${name}_${number + 1}`, side, { gradient: x !== this.input });
      const normal = norm === "layer" ? layerNorm(build, linear) : norm === "batch" ? batchNorm(build, linear) : linear;
      x = into && number === convolutions - 1 ? into : memory.map(width, x.side);
      activation(build, normal, x, this.settings.activation);
    }
    this.levels.push({ name, map: x });
    return x;
  }

  /**
   * Nearest neighbour, then a 2 x 2 convolution with the activation, as trainer/unet.py.
   * @param {FeatureMap} x
   * @param {FeatureMap} y
   * @param {string} name
   */
  resized(x, y, name) {
    const linear = this.memory.map(y.channels, y.side);
    convolution(this.build, enlargement(this.build, x), linear, name, 2);
    activation(this.build, linear, y, this.settings.activation);
  }

  initialize() {
    const random = randomness(this.settings.seed);
    for (const parameter of this.memory.parameters) {
      if (!parameter.fan) continue; // a bias: zeros
      const draw = INITIALIZERS[this.settings.initializer](random, ...parameter.fan);
      const values = this.memory.view(parameter);
      for (let i = 0; i < values.length; i++) values[i] = draw();
    }
  }

  /** @returns {number} */
  get size() {
    return this.memory.parameters.reduce((sum, { size }) => sum + size, 0);
  }

  /**
   * Probabilities of some slices.
   * @param {Slice[]} slices  At most `batch` of them.
   * @param {boolean} training  Whether dropout drops and batch norm learns.
   * @returns {import("./losses.js").Sums}
   */
  forward(slices, training) {
    const { memory, ops, probability: p, logit: z } = this;
    slices.forEach(({ image, mask }, n) => {
      memory.write(this.input, n, 0, image);
      memory.span(this.truth + 4 * n * PIXELS, PIXELS).set(mask);
    });
    this.count = slices.length;
    for (const layer of this.layers) layer.forward(this.count, training);
    const total = noSums();
    for (let n = 0; n < this.count; n++) {
      ops.answer(z.at + n * z.stride, this.truth + 4 * n * PIXELS, p.at + n * p.stride, this.sums, SIDE, SIDE);
      for (let k = 0; k < total.length; k++) total[k] += memory.doubles[this.sums / 8 + k];
    }
    return total;
  }

  /**
   * The gradient of the loss of the batch that went forward in training, in `gradientOf` each parameter.
   * @param {import("./losses.js").Sums} sums  What forward returned.
   * @param {import("./settings.js").Loss} loss
   */
  backward(sums, loss) {
    const { ops, probability: p, logit: z } = this;
    this.memory.clearGradients(this.count);
    const { a, on, off } = slopes(sums, loss, this.count * PIXELS);
    for (let n = 0; n < this.count; n++) {
      ops.answer_back(p.at + n * p.stride, this.truth + 4 * n * PIXELS, z.grad + n * z.stride, SIDE, SIDE, a, on, off);
    }
    for (let k = this.layers.length - 1; k >= 0; k--) this.layers[k].backward(this.count);
  }

  /**
   * Probabilities of slice n of those that went forward last.
   * @param {number} n
   */
  answer(n) {
    return this.memory.read(this.probability, n, 0);
  }
}
