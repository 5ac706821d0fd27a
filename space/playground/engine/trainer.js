/* Batches, epochs, evaluation: what a worker (or Node) runs. Deterministic: the same settings, and the same changes of the
   rate at the same steps, give the same curve. */

import { augmented } from "./augment.js";
import { diceOf, lossOf, noSums } from "./losses.js";
import { PIXELS } from "./memory.js";
import { Optimizer } from "./optimizers.js";
import { SLICES, withNoise } from "./people.js";
import { randomness, shuffled } from "./random.js";
import { SCHEDULES } from "./schedules.js";
import { count, noTable } from "./table.js";
import { UNet } from "./unet.js";

/**
 * @typedef {import("./unet.js").Slice} Slice
 * @typedef {{step: number, rate: number}} Change  Of the learning rate, before the step after `step`.
 * @typedef {object} Point  Of the curves; a value of training is NaN before the first step.
 * @property {number} step
 * @property {number} loss  Mean over the steps since the point before.
 * @property {number} dice  Over all that these steps saw.
 * @property {number} validationLoss
 * @property {number} validationDice
 */

const VALIDATION = 8; // people; the rest can be trained on
export const EVALUATE_EVERY = 16; // steps; not epochs, which are 48 steps with 48 people and one with a single one

export class Trainer {
  /**
   * @param {WebAssembly.Module} module  Of ops.wasm.
   * @param {Uint8Array} people  What `readPeople` gives.
   * @param {import("./settings.js").Settings} settings
   * @param {Change[]} changes  In the order of their steps.
   */
  constructor(module, people, settings, changes = []) {
    this.settings = settings;
    this.changes = [...changes];
    this.net = new UNet(module, settings);
    this.optimizer = new Optimizer(this.net.memory, settings.optimizer);
    const all = withNoise(people, settings.noise);
    this.validation = all.slice(0, VALIDATION * SLICES);
    this.training = all.slice(VALIDATION * SLICES, (VALIDATION + settings.subjects) * SLICES);
    this.random = randomness(settings.seed + 1000);
    this.steps = 0;
    this.epoch = 0;
    this.diverged = false; // whether the loss is no number any more
    /** @type {Slice[]} */
    this.order = []; // what is left of the epoch
    /** @type {Point[]} */
    this.curve = [];
    this.table = noTable(); // of validation, at the last point
    this.sums = noSums();
    /** @type {number[]} */
    this.losses = [];
  }

  /** @returns {number} */
  get stepsPerEpoch() {
    return Math.ceil(this.training.length / this.settings.batch);
  }

  /** @returns {number}  The rate of the next step. */
  get rate() {
    const changed = this.changes.filter(({ step }) => step <= this.steps).at(-1);
    return (changed?.rate ?? this.settings.rate) * SCHEDULES[this.settings.schedule](this.steps);
  }

  /**
   * Go on with another learning rate; what was planned for later is dropped.
   * @param {number} rate
   */
  change(rate) {
    this.changes = [...this.changes.filter(({ step }) => step < this.steps), { step: this.steps, rate }];
  }

  /** Train on one batch; every EVALUATE_EVERY steps the curves get a point. */
  step() {
    if (!this.order.length) this.order = shuffled(this.training, this.random);
    const { augment, batch, loss } = this.settings;
    const slices = this.order.splice(0, batch).map((slice) => (augment ? augmented(slice, this.random) : slice));
    const sums = this.net.forward(slices, true);
    const value = lossOf(sums, loss, slices.length * PIXELS);
    if (!Number.isFinite(value)) this.diverged = true;
    this.losses.push(value);
    this.sums = this.sums.map((sum, k) => sum + sums[k]);
    this.net.backward(sums, loss);
    this.optimizer.step(this.rate);
    this.steps++;
    if (!this.order.length) this.epoch++;
    if (this.steps % EVALUATE_EVERY === 0) this.evaluate();
  }

  /**
   * Add a point to the curves: what training saw since the last one, beside the whole of validation.
   * @returns {Point}
   */
  evaluate() {
    const total = noSums();
    /** @type {number[]} */
    const losses = [];
    this.table = noTable();
    this.look(this.validation, (some, sums) => {
      sums.forEach((value, i) => { total[i] += value; });
      losses.push(lossOf(sums, this.settings.loss, some.length * PIXELS));
      some.forEach(({ mask }, n) => count(this.table, this.net.answer(n), mask));
    });
    const point = {
      step: this.steps,
      loss: mean(this.losses), dice: diceOf(this.sums), validationLoss: mean(losses), validationDice: diceOf(total),
    };
    this.curve.push(point);
    this.losses = [];
    this.sums = noSums();
    return point;
  }

  /**
   * Send slices through the network as it is, a batch at a time.
   * @param {Slice[]} slices
   * @param {(some: Slice[], sums: import("./losses.js").Sums) => void} see
   */
  look(slices, see) {
    const { batch } = this.settings;
    for (let k = 0; k < slices.length; k += batch) {
      const some = slices.slice(k, k + batch);
      see(some, this.net.forward(some, false));
    }
  }

  /**
   * Probabilities of some slices.
   * @param {Slice[]} slices
   * @returns {Float32Array[]}
   */
  predict(slices) {
    /** @type {Float32Array[]} */
    const found = [];
    this.look(slices, (some) => some.forEach((_, n) => found.push(this.net.answer(n))));
    return found;
  }
}

/** @param {number[]} values */
const mean = (values) => values.reduce((a, b) => a + b, 0) / values.length;
