/* Segments a whole volume while one reads: a few slices at a time, from the slice in view outwards. */

import { Refused } from "./engine/port.js";
import { countsOf, countsWithoutMask } from "./counts.js";
import { sameCase } from "./shelf.js";

/** @typedef {import("./engine/port.js").Opened} Opened */

/**
 * @typedef {object} Surveyed  How far the network has come in the open volume.
 * @property {import("./counts.js").Stack} stack
 * @property {number} seen  Slices that the network has looked at.
 * @property {boolean} going  Whether it goes on by itself.
 */

const PLACES = 3; // slices per question
const AT_ONCE = 2; // questions under way
const PAUSE = 300; // ms between two drawings: they take time from the network where both share a machine

export class Survey {
  /** @param {Pick<import("./page.js").Page, "store" | "engine">} page */
  constructor({ store, engine }) {
    this.store = store;
    this.engine = engine;
    /** @type {import("./engine/port.js").Source | null} */
    this.source = null;
    /** @type {import("./counts.js").Stack} */
    this.stack = [];
    /** @type {Set<number>} */
    this.asked = new Set();
    this.underWay = 0;
    this.going = true;
    /** @type {number | undefined} */
    this.timer = undefined;
    this.wrong = ""; // what was said when the server did not answer
    store.subscribe(["opened"], ({ opened }) => opened && this.take(opened));
    store.subscribe(["opened", "busy", "tab"], () => this.goOn());
  }

  /**
   * A slice that was opened is one that the network has looked at.
   * @param {Opened} opened
   */
  take({ source, place, places, table, probability }) {
    if (!this.source || this.stack.length !== places || !sameCase(this.source, source)) {
      [this.source, this.going, this.underWay] = [source, true, 0];
      this.stack = Array.from({ length: places }, () => null);
      this.asked = new Set();
    }
    this.stack[place] ??= table ? countsOf(table) : countsWithoutMask(probability);
    this.tell();
  }

  /** @param {boolean} going */
  setGoing(going) {
    this.going = going;
    this.tell();
    this.goOn();
  }

  tell() {
    const { stack, going } = this;
    const seen = stack.filter(Boolean).length;
    this.store.set({ surveyed: stack.length > 1 ? { stack, seen, going: going && seen < stack.length } : null });
  }

  /** Tell in a moment what has come by then; at once if that is all. */
  tellSoon() {
    if (this.stack.every(Boolean)) return this.tell();
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      this.tell();
    }, PAUSE);
  }

  /** Ask for what is nearest to the slice in view; whatever a person waits for comes first. */
  goOn() {
    const { busy, tab, opened } = this.store.state;
    while (this.going && !busy && tab === "segment" && opened && this.underWay < AT_ONCE) {
      const places = this.nearest(opened.place);
      if (!places.length) return;
      this.ask(opened, places);
    }
  }

  /** @param {number} place */
  nearest(place) {
    return this.stack.flatMap((counts, i) => (counts || this.asked.has(i) ? [] : [i]))
      .sort((a, b) => Math.abs(a - place) - Math.abs(b - place))
      .slice(0, PLACES);
  }

  /**
   * @param {Opened} opened
   * @param {number[]} places
   */
  async ask({ source }, places) {
    const { stack, asked } = this;
    this.underWay++;
    for (const place of places) asked.add(place);
    try {
      const tables = await this.engine.tables(source, places);
      if (this.stack !== stack) return; // another case is open by now
      places.forEach((place, i) => { stack[place] ??= countsOf(tables[i]); });
      if (this.wrong && this.store.state.problem === this.wrong) this.store.set({ problem: "" }); // it is not so any more
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      if (this.stack !== stack) return;
      this.going = false;
      this.wrong = error.message;
      this.store.set({ problem: this.wrong });
    } finally {
      for (const place of places) asked.delete(place);
      if (this.stack === stack) this.underWay--;
    }
    this.tellSoon();
    this.goOn();
  }
}
