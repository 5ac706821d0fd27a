/* Opens examples and files: what the newest wish brings is the open case; answers to older ones are dropped. */

import { Asked, Refused } from "./engine/port.js";
import { Shelf } from "./shelf.js";

/**
 * @typedef {import("./engine/port.js").Wish} Wish
 * @typedef {import("./engine/port.js").Piece} Piece
 */

const MOST_FILES = 3000; // as the server takes

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
    /** @type {number | null} */
    this.wanted = null; // the slice to go to, once the one under way is there
    this.moving = false;
    this.shelf = new Shelf();
  }

  /** Open the example of the address, or the first, unless something was opened already, or there is none. */
  begin() {
    if (this.ticket || !this.examples.length) return;
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
   * @param {import("./engine/port.js").Real} real  That the engine has fetched.
   * @param {string} name
   */
  openReal(real, name) {
    return this.open({ ...nothing(), slice: real, mask: real }, `The network is looking at ${name}.`);
  }

  /**
   * Files that were dropped somewhere: a slice or a series, a mask, or both.
   * @param {File[]} files
   */
  openFiles(files) {
    if (files.length > MOST_FILES) {
      return this.refuse(`These are ${files.length} files: please give one series of at most ${MOST_FILES}.`);
    }
    return this.open({ ...this.present(), mask: this.ownMask(), files }, busyWith(files));
  }

  /** @param {File[]} files  A slice, or the files of a series: no mask alone, which the engine then says. */
  openSlice(files) {
    if (files.length > 1) return this.openFiles(files);
    const { label } = this.present();
    return this.open({ ...nothing(), mask: this.ownMask(), files, label }, busyWith(files));
  }

  /** @param {File[]} files  One, or pictures of all slices. */
  openMask(files) {
    if (files.length > MOST_FILES) {
      return this.refuse(`These are ${files.length} files: please give a mask of at most ${MOST_FILES} pictures.`);
    }
    return this.open({ ...this.present(), mask: files, label: null }, busyWith(files));
  }

  /**
   * Go to another slice of the open case: at once if it was seen lately. Of several wishes while one is under way, the
   * last one counts.
   * @param {number} place
   */
  async moveTo(place) {
    const seen = this.shelf.get({ ...this.present(), place });
    if (seen) return this.bring(seen);
    this.wanted = place;
    if (this.moving) return;
    this.moving = true;
    try {
      while (this.wanted !== null) {
        const next = this.wanted;
        await this.open({ ...this.present(), place: next }, `Slice ${next + 1} is on its way.`);
      }
    } finally {
      this.moving = false;
    }
  }

  removeMask() {
    return this.open({ ...this.present(), mask: null, label: null }, "The mask is taken away.");
  }

  /** @param {string} values */
  readAs(values) {
    return this.open({ ...this.present(), values }, "The slice is read again.");
  }

  /**
   * Turn or mirror all slices of the open case.
   * @param {number} turn  As `Source` has it.
   */
  turn(turn) {
    return this.open({ ...this.present(), turn }, "The slices are turned.");
  }

  /**
   * Another engine answers from now on, and opens what is open.
   * @param {boolean} files  Whether it may have files of one's own, too; without it an example takes their place.
   */
  startAnew(files) {
    this.shelf = new Shelf();
    const now = this.present();
    const own = [now.slice, now.mask, now.files].some((piece) => Array.isArray(piece) && piece.length > 0);
    if (now.slice && (files || !own)) return this.open(now, "It is computed anew.");
    if (this.examples.length) return this.openExample(this.examples[0]);
    return window.location.reload();
  }

  /** The slice that is in view, or will be when what is under way has come. */
  get heading() {
    return this.wanted ?? this.pending?.place ?? this.store.state.opened?.place ?? 0;
  }

  /** @param {string} problem */
  refuse(problem) {
    this.drop();
    this.store.set({ problem, question: null, busy: "" });
  }

  /** @param {import("./engine/port.js").Opened} seen  A slice of the open case. */
  bring(seen) {
    this.drop();
    this.store.set({ opened: seen, busy: "", problem: seen.problem, question: null });
  }

  /** Whatever is under way is not wanted any more. */
  drop() {
    this.ticket++;
    this.wanted = null;
    this.pending = null;
  }

  /**
   * @param {Wish} wish
   * @param {string} busy
   * @param {string} [word]  What else there is to say.
   */
  async open(wish, busy, word = "") {
    const mine = ++this.ticket;
    this.wanted = null;
    this.pending = wish;
    this.store.set({ busy, question: null });
    try {
      const opened = await this.engine.open(wish);
      if (mine !== this.ticket) return;
      this.pending = null;
      this.take(opened, word);
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

  /**
   * @param {import("./engine/port.js").Opened} opened
   * @param {string} word
   */
  take(opened, word) {
    const { problem } = opened;
    // a mask that does not fit costs nothing: what is open stays, with its own
    if (problem && this.store.state.opened?.key === opened.key) return this.store.set({ busy: "", problem });
    this.shelf.put(opened);
    this.store.set({ opened, busy: "", problem: problem || word });
  }

  /** @param {Asked} asked */
  ask({ message, argument, choices, wish }) {
    /** @param {string} value */
    const answer = (value) => this.open({ ...wish, [argument]: value }, "The file is read again.");
    const without = argument === "label" ? () => this.open({ ...wish, mask: null, label: null }, "It is opened.") : null;
    this.store.set({ problem: "", question: { text: message, choices, answer, without } });
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
    return Array.isArray(mask) ? mask : null;
  }
}

/** @returns {Wish} */
function nothing() {
  return { slice: null, mask: null, files: [], values: "auto", label: null, order: null, place: null, turn: 0 };
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
  // no names: those of DICOM files often tell who the patient is
  return files.length > 1 ? `${files.length} files are on their way.` : "The file is on its way.";
}
