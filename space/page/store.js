/* The open case and the threshold: one of each on a page. The parts subscribe; nobody keeps a copy. */

import { WHOLE_WINDOW } from "./pixels.js";

/**
 * @typedef {object} State
 * @property {import("./engine/port.js").Opened | null} opened  The slice that every tab looks at.
 * @property {number} level  The threshold as a level of the probability map, 0 to 255: a pixel at or above it is marked.
 * @property {number} settled  The threshold where it was let go: for what is not worked out anew while it is dragged.
 * @property {View} view  How a slice is shown.
 * @property {import("./pixels.js").Window} window  The display window.
 * @property {{x: number, y: number} | null} point  The pixel of the slices that the crosshair is on.
 * @property {import("./survey.js").Surveyed | null} surveyed  The counts of the open volume; null for a single slice.
 * @property {string} tab  The tab that is open.
 * @property {string} busy  What is being waited for; empty if nothing.
 * @property {string} problem  What went wrong with the last file or example; empty if nothing.
 * @property {Asking | null} question  What the last file leaves open.
 */
/**
 * @typedef {object} View
 * @property {import("./looks.js").Mode} mode
 * @property {number} opacity  Of the prediction, in percent.
 * @property {boolean} truth  Whether the mask's outline is shown.
 * @property {boolean} cross  Whether the crosshair is shown.
 */
/**
 * @typedef {object} Asking
 * @property {string} text
 * @property {{value: string, words: string}[]} choices
 * @property {(value: string) => void} answer
 * @property {(() => void) | null} without  Opens the case without the mask that the question is about; null if it is not.
 */

export class Store {
  /** @param {number} level */
  constructor(level) {
    /** @type {Readonly<State>} */
    this.state = {
      opened: null, level, settled: level, window: WHOLE_WINDOW, point: null, surveyed: null,
      view: { mode: "fill", opacity: 100, truth: true, cross: true },
      tab: "", busy: "", problem: "", question: null,
    };
    /** @type {{names: (keyof State)[], listener: (state: Readonly<State>) => void}[]} */
    this.subscribers = [];
  }

  /**
   * Change some of the state, and tell those who asked for it.
   * @param {Partial<State>} change
   */
  set(change) {
    const before = this.state;
    this.state = { ...before, ...change };
    const changed = /** @type {(keyof State)[]} */ (Object.keys(change)).filter((name) => before[name] !== this.state[name]);
    for (const { names, listener } of this.subscribers) {
      if (names.some((name) => changed.includes(name))) listener(this.state);
    }
  }

  /** @param {Partial<View>} change */
  look(change) {
    this.set({ view: { ...this.state.view, ...change } });
  }

  /**
   * Call a listener now, and whenever one of the names has changed.
   * @param {(keyof State)[]} names
   * @param {(state: Readonly<State>) => void} listener
   */
  subscribe(names, listener) {
    this.subscribers.push({ names, listener });
    listener(this.state);
  }
}
