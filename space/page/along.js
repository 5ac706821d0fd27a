/* Along the body: the predicted area and the Dice of every slice at the threshold, to be clicked at. */

import { LineChart } from "./chart.js";
import { at, badness, placeOfMost } from "./counts.js";
import { find } from "./dom.js";
import { clamp, scoresOf } from "./scores.js";

/** @typedef {import("./store.js").State} State */
/** @typedef {import("./counts.js").Counts} Counts */

export class Along {
  /**
   * @param {HTMLElement} root
   * @param {import("./page.js").Page} page
   */
  constructor(root, { store, desk }) {
    this.root = root;
    this.store = store;
    this.desk = desk;
    const x = { from: 1, to: 2, label: "slice", ticks: [] };
    const onPick = (/** @type {number} */ slice) => this.goTo(Math.round(slice) - 1);
    this.areas = new LineChart(find(root, ".area-plot"), {
      label: "Predicted area of each slice", x, y: { from: 0, to: 1, label: "", ticks: [] }, onPick });
    this.dice = new LineChart(find(root, ".dice-plot"), {
      label: "Dice of each slice", x, y: { from: 0, to: 1, label: "", ticks: [0, 0.5, 1] }, onPick });
    const most = (/** @type {(counts: Counts) => number} */ of) => () => {
      const place = placeOfMost(store.state.surveyed?.stack ?? [], of);
      if (place !== null) this.goTo(place);
    };
    const largest = (/** @type {Counts} */ counts) => area(at(counts, store.state.level));
    const worst = (/** @type {Counts} */ counts) => badness(at(counts, store.state.level));
    find(root, ".largest").addEventListener("click", most(largest));
    find(root, ".worst").addEventListener("click", most(worst));
    store.subscribe(["surveyed", "level"], (state) => this.draw(state));
    store.subscribe(["opened"], ({ opened }) => opened && this.mark(opened));
  }

  /** @param {number} place */
  goTo(place) {
    const { opened } = this.store.state;
    if (!opened) return;
    const next = clamp(place, 0, opened.places - 1);
    if (next !== this.desk.heading) this.desk.moveTo(next);
  }

  /** @param {import("./engine/port.js").Opened} opened */
  mark({ place, places }) {
    if (places === 1) return;
    for (const chart of [this.areas, this.dice]) chart.mark(place + 1, String(place + 1));
  }

  /** @param {Readonly<State>} state */
  draw({ surveyed, opened, level }) {
    if (!surveyed || !opened) return;
    const { spacing, mask } = opened;
    const size = spacing ? (spacing[1] * spacing[2]) / 100 : 1; // of a pixel, in cm2
    find(this.root, ".area-key").textContent = spacing ? "predicted area, cm\u00b2" : "predicted area, pixels";
    /** @type {(of: (counts: [number, number, number]) => number) => [number, number | null][]} */
    const points = (of) => surveyed.stack.map((counts, place) => [place + 1, counts ? of(at(counts, level)) : null]);
    const areas = points((counts) => area(counts) * size);
    const traced = mask ? points(([tp, , fn]) => (tp + fn) * size) : [];
    const x = { from: 1, to: surveyed.stack.length, label: "slice", ticks: ticksTo(surveyed.stack.length) };
    const top = roundUp(Math.max(...[...areas, ...traced].map(([, value]) => value ?? 0)));
    this.areas.draw([
      { name: "mask", line: 2, gaps: true, points: traced },
      { name: "predicted", line: 1, gaps: true, points: areas },
    ], { x, y: { from: 0, to: top, label: "", ticks: [0, top / 2, top] } });
    const dice = mask ? points((counts) => scoresOf(...counts).dice) : [];
    this.dice.draw([{ name: "Dice", line: 3, gaps: true, points: dice }], { x, y: this.dice.axes.y });
  }
}

/** @param {[number, number, number]} counts */
const area = ([tp, fp]) => tp + fp;

/**
 * A round number, not below a value: the axis stays while the threshold moves a little.
 * @param {number} value
 */
function roundUp(value) {
  if (value <= 0) return 1;
  const unit = 10 ** Math.floor(Math.log10(value));
  const steps = [1, 2, 4, 6, 10].map((step) => step * unit);
  return steps.find((step) => step >= value) ?? 10 * unit;
}

/**
 * Round numbers of slices, and the first.
 * @param {number} places
 */
function ticksTo(places) {
  const step = [1, 2, 5, 10, 20, 50, 100, 200, 500].find((one) => places / one <= 6) ?? 1000;
  const round = Array.from({ length: Math.floor(places / step) }, (_, i) => (i + 1) * step);
  return step === 1 ? round : [1, ...round];
}
