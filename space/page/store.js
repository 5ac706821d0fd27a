/* The open case and the threshold: one of each on a page. The parts subscribe; nobody keeps a copy. */

/**
 * @typedef {object} State
 * @property {import("./engine/port.js").Opened | null} opened  The slice that every tab looks at.
 * @property {number} level  The threshold as a level of the probability map, 0 to 255: a pixel at or above it is marked.
 * @property {string} tab  The tab that is open.
 * @property {string} busy  What is being waited for; empty if nothing.
 * @property {string} problem  What went wrong with the last file or example; empty if nothing.
 * @property {Asking | null} question  What the last file leaves open.
 */
/**
 * @typedef {object} Asking
 * @property {string} text
 * @property {{value: string, words: string}[]} choices
 * @property {(value: string) => void} answer
 */

export class Store {
  /** @param {number} level */
  constructor(level) {
    /** @type {Readonly<State>} */
    this.state = { opened: null, level, tab: "", busy: "", problem: "", question: null };
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
