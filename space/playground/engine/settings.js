/* What shapes a run: the same settings give the same curve, to the last bit. */

/**
 * @typedef {"linear" | "relu" | "leaky_relu" | "elu" | "tanh"} Activation
 * @typedef {"he_normal" | "glorot_uniform" | "random_normal" | "too_large" | "zeros"} Initializer
 * @typedef {"none" | "layer" | "batch"} Norm
 * @typedef {"dice" | "bce" | "dice_bce"} Loss
 * @typedef {"adam" | "rmsprop" | "momentum" | "sgd"} OptimizerName
 * @typedef {"constant" | "halving" | "linear" | "cosine" | "warmup"} Schedule
 *
 * @typedef {object} Shape  Of the network.
 * @property {number} pools
 * @property {number} filters  Of the top level; each level below has twice as many.
 * @property {number} convolutions  Per level.
 * @property {number} kernel  Side of the first kernel; all others are 3 x 3.
 * @property {Activation} activation
 * @property {Initializer} initializer
 * @property {Norm} norm
 * @property {number} dropout  Share of the deepest level's maps that a training step leaves out.
 * @property {"transpose" | "resize"} upsampling
 * @property {boolean} skips
 * @property {number} batch  Slices per step.
 * @property {number} seed
 *
 * @typedef {object} Recipe  How it is trained.
 * @property {Loss} loss
 * @property {OptimizerName} optimizer
 * @property {number} rate  The learning rate.
 * @property {Schedule} schedule
 * @property {number} subjects  People to learn from.
 * @property {boolean} augment
 * @property {number} noise  Deviation, in grey levels of 256.
 *
 * @typedef {Shape & Recipe} Settings
 */

/** @type {Readonly<Settings>} */
export const DEFAULTS = {
  pools: 3, filters: 8, convolutions: 1, kernel: 5, activation: "relu", initializer: "he_normal", norm: "layer", dropout: 0,
  upsampling: "transpose", skips: true,
  loss: "dice", optimizer: "adam", rate: 1e-2, schedule: "constant", batch: 8,
  subjects: 48, augment: false, noise: 20, seed: 1,
};
