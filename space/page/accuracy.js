/* Accuracy against Dice: from an all-black mask to the network's own for the open slice, the most probable pixels first.
   Everything is counted here, from the open slice and the page's threshold. */

import { LineChart } from "./chart.js";
import { find } from "./dom.js";
import { paint } from "./networks.js";
import { putScore, scoresOf, shownScore } from "./scores.js";
import { Spoken } from "./spoken.js";

/** @typedef {import("./engine/port.js").Opened} Opened */
/** @typedef {{order: Uint32Array, right: Uint32Array, traced: number}} Found */

const SHARE = { from: 0, to: 1, label: "", ticks: [0, 0.25, 0.5, 0.75, 1] };
const MARKED = { from: 0, to: 100, label: "percent of the network's mask that is marked", ticks: [0, 25, 50, 75, 100] };
const STEPS = 100;

export default class AccuracyAgainstDice {
  /**
   * @param {HTMLElement} root
   * @param {import("./page.js").Page} page
   * @param {{target: string}} data
   */
  constructor(root, { store, desk }, { target }) {
    this.root = root;
    this.store = store;
    this.target = target;
    this.form = find(root, "form", HTMLFormElement);
    this.slider = find(root, ".share", HTMLInputElement);
    this.spoken = new Spoken(this.form);
    /** @type {Found | null} */
    this.found = null;
    this.chart = new LineChart(find(root, ".plot"), {
      label: "Accuracy and Dice over the marked share of the network's mask.", x: MARKED, y: SHARE,
      onPick: (x) => {
        this.slider.value = String(Math.round(x));
        this.showShare();
      },
    });
    this.form.addEventListener("submit", (event) => event.preventDefault());
    this.slider.addEventListener("input", () => this.showShare());
    store.subscribe(["opened", "settled", "tab"], ({ tab }) => tab === "results" && this.show());
    desk.begin();
  }

  show() {
    const { opened, level } = this.store.state;
    const mask = opened?.mask;
    this.found = opened && mask ? inOrder(opened.probability, mask, level) : null;
    this.form.classList.toggle("unscored", !this.found);
    find(this.root, ".title").textContent = this.found && mask
      ? `All black is ${percent(1 - this.found.traced / mask.length)} accurate`
      : "Why Dice and not accuracy";
    find(this.root, ".says").textContent = this.says(this.found, mask?.length ?? 0);
    if (!this.found) return;
    this.chart.draw([this.line("accuracy", 3), this.line("dice", 1)]);
    this.showShare();
  }

  /**
   * @param {Found | null} found
   * @param {number} pixels
   */
  says(found, pixels) {
    const what = "Accuracy is the share of pixels that are right.";
    if (!found) return `${what} To compare it with Dice, open a slice with a mask in the tab Segment.`;
    const { traced, order } = found;
    if (!traced) return `${what} No ${this.target} is traced on this slice: a mask that is all black is right everywhere, `
      + "and its Dice is 0 / 0. Open a slice with some to compare the two.";
    return `${what} The ${this.target} covers ${percent(traced / pixels)} of this slice: whoever marks nothing is right on `
      + "all the rest. Dice does not count that background. "
      + (order.length ? "Move the slider: which of the two notices that something is found?"
        : "At this threshold the network marks nothing, either.");
  }

  /**
   * @param {"accuracy" | "dice"} name
   * @param {number} line
   */
  line(name, line) {
    /** @type {[number, number][]} */
    const points = Array.from({ length: STEPS + 1 }, (_, share) => [share, this.scores(share)[name]]);
    return { name: name === "dice" ? "Dice" : name, line, points };
  }

  /**
   * What is counted once a share of the network's mask is marked.
   * @param {number} share  In percent.
   */
  scores(share) {
    const { order, right, traced } = /** @type {Found} */ (this.found);
    const pixels = /** @type {Opened} */ (this.store.state.opened).probability.length;
    const marked = Math.round((share / STEPS) * order.length);
    const tp = marked ? right[marked - 1] : 0;
    const [fp, fn] = [marked - tp, traced - tp];
    const tn = pixels - tp - fp - fn;
    return { marked, tp, tn, pixels, accuracy: (tp + tn) / pixels, dice: scoresOf(tp, fp, fn).dice };
  }

  showShare() {
    const { opened } = this.store.state;
    if (!this.found || !opened) return;
    const share = Number(this.slider.value);
    const { marked, tp, tn, pixels, accuracy, dice } = this.scores(share);
    find(this.root, ".share-text").textContent = `${share} %`;
    const cell = find(this.root, "[data-score=accuracy]");
    putScore(cell, accuracy);
    cell.textContent = percent(accuracy);
    putScore(find(this.root, "[data-score=dice]"), dice);
    find(this.root, ".counts").textContent = `${words(tp + tn)} of ${words(pixels)} pixels are right: `
      + `${words(tn)} of them are background, ${words(tp)} ${this.target}.`;
    this.spoken.answer(
      `${share}% of the network's mask is marked: accuracy ${percent(accuracy)}, Dice ${shownScore(dice)}.`);
    this.chart.mark(share, share === 0 ? "all black" : "");
    const chosen = new Uint8Array(pixels);
    for (const at of this.found.order.subarray(0, marked)) chosen[at] = 255;
    const { width, height } = opened;
    paint(find(this.root, ".picture", HTMLCanvasElement), opened, chosen, { top: 0, left: 0, width, height });
  }
}

/**
 * The pixels at or above a level, the most probable first and in reading order among equals; how many of the first n lie
 * inside the mask; and the pixels of the mask.
 * @param {Uint8Array} probability
 * @param {Uint8Array} mask
 * @param {number} level
 * @returns {Found}
 */
function inOrder(probability, mask, level) {
  const order = new Uint32Array(probability.reduce((sum, value) => sum + Number(value >= level), 0));
  let count = 0;
  for (let at = 0; at < probability.length; at++) if (probability[at] >= level) order[count++] = at;
  order.sort((a, b) => probability[b] - probability[a] || a - b);
  let inside = 0;
  const right = order.map((at) => (inside += Number(mask[at] > 0)));
  return { order, right, traced: mask.reduce((sum, value) => sum + Number(value > 0), 0) };
}

/** @param {number} share  Never rounded up to 100. */
const percent = (share) => `${(share < 1 ? Math.min(100 * share, 99.9) : 100).toFixed(1)}%`;

/** @param {number} count */
const words = (count) => count.toLocaleString("en");
