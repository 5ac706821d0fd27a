/* The engine without a server: a worker in the page reads the files and runs the networks. Nothing leaves the computer. */

import { workerOf } from "../work.js";
import { STOPPED, TOO_SLOW, lacking, tooOld } from "./browser/failures.js";
import { Asked, Refused } from "./port.js";

/**
 * @typedef {import("./port.js").Piece} Piece
 * @typedef {import("./port.js").Source} Source
 * @typedef {import("./port.js").Wish} Wish
 * @typedef {import("./browser/answers.js").Piece} Reference  A piece as the worker knows it.
 * @typedef {import("./browser/worker.js").SiteFile} SiteFile
 */
/**
 * @typedef {object} Built  What the site was built with.
 * @property {Record<string, SiteFile>} files
 * @property {string} ranked  The file of the ranked examples.
 * @property {any} first  The first example as it is opened; null if there is none.
 */

/**
 * @typedef {object} Waiting  A question without an answer so far.
 * @property {() => void} put  Gives it to the worker.
 * @property {(answer: any) => void} resolve
 * @property {(error: Error) => void} reject
 */

const PATIENCE = 120_000; // ms of reading, as the app has (space/readers/guard.py)

export class BrowserEngine {
  /**
   * @param {Built} built
   * @param {(progress: import("./browser/worker.js").Progress) => void} hear  Hears how far the network has come.
   */
  constructor(built, hear) {
    this.built = built;
    this.hear = hear;
    /** @type {Worker | null} */
    this.worker = null;
    /** @type {WeakMap<File, number>} */
    this.numbers = new WeakMap();
    this.files = 0;
    this.questions = 0;
    /** @type {Map<number, Waiting>} */
    this.waiting = new Map();
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.patience = undefined; // runs while the worker reads files
  }

  /**
   * @param {Wish} wish
   * @returns {Promise<import("./port.js").Opened>}
   */
  async open(wish) {
    const { slice, mask, files, ...rest } = wish;
    const { first } = this.built;
    if (first && isPlain(wish, first.example)) {
      setTimeout(() => this.wake(), 0); // the picture comes first, the network behind it
      return opened(first, first.source);
    }
    const own = [slice, mask, files].flatMap((piece) => (Array.isArray(piece) ? piece : []));
    const answer = await this.ask("open", () => ({
      slice: this.reference(slice), mask: this.reference(mask), files: files.map((file) => this.reference([file])), ...rest,
    }));
    const byNumber = new Map(own.map((file) => [this.numbers.get(file), file]));
    /** @type {(reference: Reference | null) => Piece | null} */
    const piece = (reference) => {
      if (!reference || !("uploads" in reference)) return reference;
      return reference.uploads.map((number) => /** @type {File} */ (byNumber.get(number)));
    };
    const source = { ...answer.source, slice: piece(answer.source.slice), mask: piece(answer.source.mask) };
    if (answer.question) {
      const { text, argument, choices } = answer.question;
      throw new Asked(text, argument, choices, { ...source, files: [] });
    }
    return opened(answer, source);
  }

  /**
   * @param {Source} source
   * @param {string} network
   * @param {string} level
   * @param {number[]} cut
   * @returns {Promise<import("./port.js").Look>}
   */
  inside(source, network, level, cut) {
    return this.about("inside", source, { network, level, cut });
  }

  /**
   * @param {Source} source
   * @param {string} network
   * @param {number[]} cut
   * @param {string} name
   * @param {number | null} from
   * @param {number | null} to
   * @returns {Promise<import("./port.js").Passage>}
   */
  operation(source, network, cut, name, from, to) {
    return this.about("operation", source, { network, cut, name, from, to });
  }

  /**
   * @param {Source} source
   * @returns {Promise<Record<string, Pick<import("./port.js").Opened, "probability" | "table">>>}
   */
  compare(source) {
    return this.about("compare", source, {});
  }

  /**
   * @param {Source} source
   * @param {string} change
   * @param {number} strength
   * @returns {Promise<import("./port.js").Broken>}
   */
  broken(source, change, strength) {
    return this.about("broken", source, { change, strength });
  }

  /**
   * @param {Source} source
   * @param {number[]} places
   * @returns {Promise<[number, number, number][][]>}
   */
  tables(source, places) {
    return this.about("tables", source, { places });
  }

  /**
   * @param {Source} source
   * @param {"coronal" | "sagittal"} plane
   * @param {number} at
   * @returns {Promise<import("./port.js").Plane>}
   */
  plane(source, plane, at) {
    return this.about("plane", source, { plane, at });
  }

  /**
   * @param {Source} source
   * @returns {Promise<Int16Array>}
   */
  values(source) {
    return this.about("values", source, {});
  }

  /**
   * @param {Source} source
   * @param {number} level
   * @returns {Promise<import("./port.js").Distances>}
   */
  async distances(source, level) {
    await this.whole(source);
    return this.about("distances", source, { level });
  }

  /**
   * @param {Source} source
   * @param {number} level
   * @param {import("./port.js").Kind} kind
   * @returns {Promise<{name: string, bytes: Uint8Array}>}
   */
  async takeHome(source, level, kind) {
    await this.whole(source);
    return this.about("takeHome", source, { level, kind });
  }

  /**
   * Have the network see all slices of a case, one after another: other questions get their turn in between.
   * @param {Source} source
   */
  async whole(source) {
    while (await this.about("advance", source, {}));
  }

  /** @returns {Promise<import("./port.js").Ranked>} */
  async ranked() {
    const response = await fetch(this.built.files[this.built.ranked].url).catch(() => null);
    if (!response?.ok) throw new Refused("The pictures could not be loaded: please try again.");
    return response.json();
  }

  /** @returns {Promise<import("./port.js").Fetched>} */
  async fetchReal() {
    throw new Refused("Real cases are fetched by the app (python app.py), not by this page.");
  }

  async leaveReal() {}

  /**
   * @param {string} name
   * @param {Source} source
   * @param {object} more  What else the question says.
   * @returns {Promise<any>}
   */
  async about(name, source, more) {
    const { slice, mask, ...rest } = source;
    return this.ask(name, () => ({ slice: this.reference(slice), mask: this.reference(mask), ...rest, ...more }));
  }

  /**
   * @param {string} name  Of a question.
   * @param {() => object} question  In the words of the worker that there is then.
   * @returns {Promise<any>}
   */
  async ask(name, question) {
    const number = ++this.questions;
    const put = () => this.tell({ type: "ask", number, name, question: question() });
    put();
    return new Promise((resolve, reject) => this.waiting.set(number, { put, resolve, reject }));
  }

  /**
   * What the worker calls a piece; it is given files that it does not know yet.
   * @param {Piece | null} piece
   * @returns {Reference | null}
   */
  reference(piece) {
    if (!Array.isArray(piece)) return piece;
    for (const file of piece.filter((one) => !this.numbers.has(one))) {
      this.numbers.set(file, ++this.files);
      this.tell({ type: "file", number: this.files, file });
    }
    return { uploads: piece.map((file) => /** @type {number} */ (this.numbers.get(file))) };
  }

  /** @param {import("./browser/worker.js").Message} message */
  tell(message) {
    this.started().postMessage(message);
  }

  /**
   * Begins to load the network when it is first needed: a lesson without it needs no megabytes.
   * @returns {Worker}
   */
  started() {
    if (this.worker) return this.worker;
    const missing = lacking();
    const worker = missing.length ? null : workerOf(new URL("./browser/worker.js", import.meta.url).href);
    if (!worker) {
      const problem = tooOld(missing.length ? missing : ["no workers made of modules"]);
      this.hear({ stage: "lacking", done: 0, of: 0, problem });
      throw new Refused(problem);
    }
    worker.addEventListener("message", ({ data }) => this.take(data));
    worker.addEventListener("error", () => this.fail());
    this.worker = worker;
    worker.postMessage({ type: "start", files: this.built.files });
    return worker;
  }

  /** Begin, or try once more, to load the network; whether that goes well, the page hears. */
  wake() {
    try {
      if (this.worker) this.tell({ type: "wake" });
      else this.started();
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
    }
  }

  /** @param {import("./browser/worker.js").Said} said */
  take(said) {
    if (said.type === "progress") return this.hear(said.progress);
    if (said.type === "reading") {
      clearTimeout(this.patience);
      const { number } = said;
      if (number !== null) this.patience = setTimeout(() => this.giveUp(number), PATIENCE);
      return undefined;
    }
    const { resolve, reject } = this.taken(said.number);
    if (said.failed) console.error(said.failed);
    if (said.refused) reject(new Refused(said.refused));
    else resolve(said.answer);
  }

  /**
   * A question that waits no longer.
   * @param {number} number
   */
  taken(number) {
    const one = /** @type {Waiting} */ (this.waiting.get(number));
    this.waiting.delete(number);
    return one;
  }

  /** Whoever waits hears that no answer will come; the next question tries with a new worker. */
  fail() {
    this.hear({ stage: "failed", done: 0, of: 0, problem: STOPPED });
    this.end();
    for (const number of [...this.waiting.keys()]) this.taken(number).reject(new Refused(STOPPED));
  }

  /**
   * A file that never ends holds the worker for ever: a new one takes its place, and is asked what else waits.
   * @param {number} number  Of the question that the file was read for.
   */
  giveUp(number) {
    this.end();
    this.taken(number).reject(new Refused(TOO_SLOW));
    this.wake();
    for (const { put } of this.waiting.values()) put();
  }

  end() {
    clearTimeout(this.patience);
    this.worker?.terminate();
    this.worker = null;
    this.numbers = new WeakMap(); // a new worker knows none of the files
  }
}

/**
 * Whether a wish is for an example as it is.
 * @param {Wish} wish
 * @param {string} name
 */
function isPlain({ slice, mask, files, values, label, order, place, turn }, name) {
  const plain = [slice, mask].every((piece) => piece && "example" in piece && piece.example === name);
  return plain && !files.length && values === "auto" && label === null && order === null && !place && !turn;
}

/**
 * @param {any} answer
 * @param {Source} source
 * @returns {import("./port.js").Opened}
 */
function opened(answer, source) {
  const stack = JSON.stringify([answer.source.slice, source.values, source.turn]);
  return { ...answer, source, stack, key: `${stack}${answer.place}` };
}
