/* Coronal and sagittal cuts of a volume, through the crosshair: painted as the slice is, with a line where it lies. */

import { Cut } from "./cut.js";
import { find } from "./dom.js";
import { WHOLE_WINDOW, atOrAbove } from "./pixels.js";
import { sameCase } from "./shelf.js";
import { goesBeyond } from "./windowing.js";

/** @typedef {import("./engine/port.js").Opened} Opened */

const FEWEST = 5; // slices; of fewer a cut is a strip
const FLAT = 3; // times as wide as high
const AFRESH = 0.1; // of the slices: how many must have been segmented before the cuts are asked for again

export class Cuts {
  /**
   * @param {HTMLElement} root
   * @param {import("./page.js").Page} page
   */
  constructor(root, { store, engine, desk }) {
    this.root = root;
    this.store = store;
    this.desk = desk;
    /** @type {import("./engine/port.js").Source | null} */
    this.source = null;
    /** @type {(axis: "x" | "y") => import("./cut.js").Acts} */
    const acts = (axis) => ({
      onGo: (along, place) => this.goTo({ [axis]: along }, place),
      onRefused: (sentence) => this.say(sentence),
      onCame: () => {
        this.paintSlices();
        this.paintPrediction();
        this.drawLines();
      },
    });
    this.coronal = new Cut(find(root, ".coronal"), "coronal", engine, acts("x"));
    this.sagittal = new Cut(find(root, ".sagittal"), "sagittal", engine, acts("y"));
    this.both = [this.coronal, this.sagittal];
    store.subscribe(["opened"], ({ opened }) => opened && this.show(opened));
    store.subscribe(["point", "surveyed"], () => this.renew());
    store.subscribe(["opened", "point", "view"], () => this.drawLines());
    store.subscribe(["window"], () => this.paintSlices());
    store.subscribe(["view", "level"], () => this.paintPrediction());
  }

  /** @param {Opened} opened */
  show(opened) {
    if (this.source && sameCase(this.source, opened.source)) return this.seek(opened);
    this.source = opened.source;
    const { spacing, places, width, height, oriented } = opened;
    const open = places >= FEWEST && spacing !== null;
    this.root.hidden = !open;
    this.store.set({ point: open ? middle(opened) : null });
    if (!open) return;
    this.seek(opened);
    const [between, down, across] = spacing;
    this.coronal.prepare(width, places, across / between, oriented);
    this.sagittal.prepare(height, places, down / between, oriented);
    // side by side at the same scale, as wide as they are on the patient; those of a thin stack one below the other
    const flat = Math.max(width * across, height * down) > FLAT * places * between;
    this.root.style.setProperty("--columns", flat ? "minmax(0, 1fr)" : `${width * across}fr ${height * down}fr`);
    this.renew();
  }

  /**
   * Until the crosshair has been put somewhere, it goes to the organ of the first slice that has any.
   * @param {Opened} opened
   */
  seek(opened) {
    const { point, level } = this.store.state;
    const { x, y } = middle(opened);
    if (point?.x === x && point.y === y) this.store.set({ point: middleOfOrgan(opened, level) ?? point });
  }

  /** Ask for the cuts where the crosshair has moved, or more slices are segmented. */
  renew() {
    const { opened, point, surveyed } = this.store.state;
    if (!opened || !point || !surveyed || !this.source || !sameCase(this.source, opened.source)) return;
    const more = Math.max(1, AFRESH * surveyed.stack.length);
    this.coronal.want(opened.source, point.y, surveyed, more);
    this.sagittal.want(opened.source, point.x, surveyed, more);
  }

  /** @param {string} sentence */
  say(sentence) {
    find(this.root, ".cuts-say").textContent = sentence;
  }

  paintSlices() {
    const { window } = this.store.state;
    const beyond = goesBeyond(window);
    for (const cut of this.both) cut.paintSlices(beyond ? WHOLE_WINDOW : window);
    const unseen = this.coronal.hasUnseen ? "Grey: not segmented yet. " : "";
    this.say(unseen + (beyond ? "The cuts are in the model's window." : ""));
  }

  paintPrediction() {
    const { view, level } = this.store.state;
    for (const cut of this.both) cut.paintPrediction(view, level);
  }

  drawLines() {
    const { opened, point, view } = this.store.state;
    if (!opened || !point) return;
    this.coronal.drawLines(point.x, opened.place, view.cross);
    this.sagittal.drawLines(point.y, opened.place, view.cross);
  }

  /**
   * @param {{x?: number, y?: number}} change  Of the crosshair.
   * @param {number} place
   */
  goTo(change, place) {
    const { point } = this.store.state;
    if (!point) return;
    this.store.set({ point: { ...point, ...change } });
    if (place !== this.desk.heading) this.desk.moveTo(place);
  }
}

/** @param {Opened} opened */
const middle = ({ width, height }) => ({ x: Math.floor(width / 2), y: Math.floor(height / 2) });

/**
 * The middle of what is predicted, or traced, on a slice.
 * @param {Opened} opened
 * @param {number} level
 */
function middleOfOrgan({ width, probability, mask }, level) {
  for (const pixels of [atOrAbove(probability, Math.max(1, level)), mask]) {
    let [x, y, n] = [0, 0, 0];
    pixels?.forEach((value, i) => {
      if (!value) return;
      x += i % width;
      y += Math.floor(i / width);
      n++;
    });
    if (n) return { x: Math.round(x / n), y: Math.round(y / n) };
  }
  return null;
}
