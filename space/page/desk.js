/* Opens examples and files: what the newest wish brings is the open case; answers to older ones are dropped. */

import { Asked, Refused } from "./engine/port.js";

/**
 * @typedef {import("./engine/port.js").Wish} Wish
 * @typedef {import("./engine/port.js").Piece} Piece
 */

export class Desk {
  /**
   * @param {import("./store.js").Store} store
   * @param {import("./engine/port.js").Engine} engine
   * @param {import("./address.js").Address} address
   * @param {string[]} examples
   */
  constructor(store, engine, address, examples) {
    this.store = store;
    this.engine = engine;
    this.address = address;
    this.examples = examples;
    this.ticket = 0;
    /** @type {Wish | null} */
    this.pending = null;
  }

  /** Open the example of the address, or the first, unless something was opened already. */
  begin() {
    if (this.ticket) return;
    const asked = this.address.get("case");
    const known = asked === null || this.examples.includes(asked);
    const name = known && asked !== null ? asked : this.examples[0];
    this.open(example(name), `${name} is on its way.`, known ? "" : `There is no example '${asked}' here: this is ${name}.`);
  }

  /** @param {string} name */
  openExample(name) {
    return this.open(example(name), `The network is looking at ${name}.`);
  }

  /**
   * Files that were dropped somewhere: a slice, a mask, or both.
   * @param {File[]} files
   */
  openFiles(files) {
    if (files.length > 2) {
      return this.refuse("Please give one slice, or a slice and its mask: these are "
        + `${files.length} files.`);
    }
    return this.open({ ...this.present(), mask: this.ownMask(), files }, busyWith(files));
  }

  /** @param {File} file */
  openSlice(file) {
    return this.open({ ...this.present(), slice: file, mask: this.ownMask(), values: "auto" }, busyWith([file]));
  }

  /** @param {File} file */
  openMask(file) {
    return this.open({ ...this.present(), mask: file, label: null }, busyWith([file]));
  }

  removeMask() {
    return this.open({ ...this.present(), mask: null, label: null }, "The mask is taken away.");
  }

  /** @param {string} values */
  readAs(values) {
    return this.open({ ...this.present(), values }, "The slice is read again.");
  }

  /** @param {string} problem */
  refuse(problem) {
    this.ticket++; // whatever was under way is not wanted any more
    this.pending = null;
    this.store.set({ problem, question: null, busy: "" });
  }

  /**
   * @param {Wish} wish
   * @param {string} busy
   * @param {string} [word]  What else there is to say.
   */
  async open(wish, busy, word = "") {
    const mine = ++this.ticket;
    this.pending = wish;
    this.store.set({ busy, question: null });
    try {
      const opened = await this.engine.open(wish);
      if (mine !== this.ticket) return;
      this.pending = null;
      this.store.set({ opened, busy: "", problem: opened.problem || word });
      if (mine > 1 || word) this.address.set({ case: opened.example }); // the first case is not in a plain address
    } catch (error) {
      if (mine !== this.ticket) return;
      this.pending = null;
      this.store.set({ busy: "" });
      if (error instanceof Asked) this.ask(error);
      else if (error instanceof Refused) this.store.set({ problem: this.still(error.message) });
      else throw error;
    }
  }

  /** @param {Asked} asked */
  ask({ message, argument, choices, wish }) {
    /** @param {string} value */
    const answer = (value) => this.open({ ...wish, [argument]: value }, "The file is read again.");
    this.store.set({ problem: "", question: { text: message, choices, answer } });
  }

  /**
   * A sentence that something could not be opened, and what is on the screen instead.
   * @param {string} sentence
   */
  still(sentence) {
    const { opened } = this.store.state;
    return opened ? `${sentence} What you see is still ${opened.name}.` : sentence;
  }

  /** @returns {Wish}  The case that is open, or about to be, to be opened with a change. */
  present() {
    const { opened } = this.store.state;
    return this.pending ?? (opened ? { ...opened.source, files: [] } : nothing());
  }

  /** @returns {Piece | null}  The mask, unless it belongs to an example. */
  ownMask() {
    const { mask } = this.present();
    return mask instanceof File ? mask : null;
  }
}

/** @returns {Wish} */
function nothing() {
  return { slice: null, mask: null, files: [], values: "auto", label: null };
}

/**
 * @param {string} name
 * @returns {Wish}
 */
function example(name) {
  return { ...nothing(), slice: { example: name }, mask: { example: name } };
}

/** @param {File[]} files */
function busyWith(files) {
  return `The network is looking at ${files.map(({ name }) => name).join(" and ")}.`;
}
