/* What can be set: names, choices, and the form. */

import { find, made } from "../../page/dom.js";
import { DEFAULTS } from "../engine/settings.js";

/**
 * @typedef {import("../engine/settings.js").Settings} Settings
 * @typedef {object} Control
 * @property {"data" | "network" | "training"} group
 * @property {keyof Settings} key
 * @property {string} label
 * @property {[Settings[keyof Settings], string][]} choices  Values, and how they are called.
 */

/**
 * @template {string | number} T
 * @param {T[]} values
 * @param {(value: T) => string} name
 * @returns {[T, string][]}
 */
const named = (values, name = String) => values.map((value) => [value, name(value)]);
/** @type {[boolean, string][]} */
const YES_NO = [[true, "yes"], [false, "no"]];

/** @type {Control[]} */
export const CONTROLS = [
  { group: "data", key: "subjects", label: "People to learn from", choices: named([1, 2, 4, 8, 16, 32, 48]) },
  {
    group: "data", key: "noise", label: "Noise",
    choices: [[0, "none"], [10, "low"], [20, "as in CT"], [40, "high"], [70, "very high"]],
  },
  { group: "data", key: "augment", label: "Augmentation", choices: YES_NO },
  { group: "network", key: "pools", label: "Poolings", choices: named([1, 2, 3, 4]) },
  { group: "network", key: "filters", label: "Filters, top level", choices: named([2, 4, 8, 16]) },
  { group: "network", key: "convolutions", label: "Convolutions per level", choices: named([1, 2]) },
  { group: "network", key: "kernel", label: "First kernel", choices: named([1, 3, 5, 7], (k) => `${k} × ${k}`) },
  {
    group: "network", key: "activation", label: "Activation",
    choices: [["relu", "ReLU"], ["leaky_relu", "leaky ReLU"], ["elu", "ELU"], ["tanh", "tanh"], ["linear", "none"]],
  },
  {
    group: "network", key: "initializer", label: "Initializer",
    choices: [
      ["he_normal", "He"], ["glorot_uniform", "Glorot"], ["random_normal", "small"], ["too_large", "too large"],
      ["zeros", "all zeros"],
    ],
  },
  {
    group: "network", key: "norm", label: "Normalization",
    choices: [["layer", "layer norm"], ["batch", "batch norm"], ["none", "none"]],
  },
  { group: "network", key: "skips", label: "Skip connections", choices: YES_NO },
  {
    group: "network", key: "upsampling", label: "The way up",
    choices: [["transpose", "transposed"], ["resize", "resize, conv"]],
  },
  {
    group: "network", key: "dropout", label: "Dropout, deepest level",
    choices: [[0, "none"], [0.2, "20%"], [0.4, "40%"], [0.6, "60%"]],
  },
  {
    group: "training", key: "rate", label: "Learning rate",
    choices: named([1e-5, 3e-5, 1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 1e-1], (rate) => rate.toLocaleString("en", {
      maximumFractionDigits: 5 })),
  },
  {
    group: "training", key: "schedule", label: "Schedule",
    choices: [
      ["constant", "constant"], ["halving", "halving"], ["linear", "linear to 0"], ["cosine", "cosine to 0"],
      ["warmup", "warm-up"],
    ],
  },
  {
    group: "training", key: "loss", label: "Loss",
    choices: [["dice", "Dice"], ["bce", "cross-entropy"], ["dice_bce", "both"]],
  },
  {
    group: "training", key: "optimizer", label: "Optimizer",
    choices: [["adam", "Adam"], ["rmsprop", "RMSprop"], ["momentum", "momentum"], ["sgd", "plain SGD"]],
  },
  { group: "training", key: "batch", label: "Slices per step", choices: named([1, 2, 4, 8, 16, 32]) },
  { group: "training", key: "seed", label: "Seed", choices: named([1, 2, 3, 4, 5]) },
];

/**
 * What differs from the defaults, in words.
 * @param {Settings} settings
 */
export function inWords(settings) {
  const words = CONTROLS.filter(({ key }) => settings[key] !== DEFAULTS[key]).map(({ key, label, choices }) => (
    `${label.toLowerCase()}: ${choices.find(([value]) => value === settings[key])?.[1] ?? settings[key]}`));
  return words.join(", ") || "the defaults";
}

export class Form {
  /**
   * @param {HTMLElement} root  Has a place [data-group] for each group.
   * @param {(key: keyof Settings, value: Settings[keyof Settings]) => void} changed
   */
  constructor(root, changed) {
    this.fields = CONTROLS.map(({ group, key, label, choices }) => {
      const select = made("select", { name: key }, ...choices.map(([value, text]) => new Option(text, String(value))));
      const row = made("label", {}, made("span", {}, label), select);
      find(root, `[data-group=${group}]`).append(row);
      select.addEventListener("change", () => changed(key, choices[select.selectedIndex][0]));
      return { key, row, select };
    });
  }

  /** @param {Settings} settings */
  show(settings) {
    for (const { key, row, select } of this.fields) {
      select.value = String(settings[key]);
      row.classList.toggle("changed", settings[key] !== DEFAULTS[key]);
    }
  }
}
