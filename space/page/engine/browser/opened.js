/* An opened case: its slices, its mask, and what the network found on the slices that were asked for. */

import { Refused } from "../port.js";
import { turnedCase, turnedStack } from "./case.js";
import { huToGrey, rint } from "./numbers.js";

/**
 * @typedef {import("./case.js").Case} Case
 * @typedef {import("./case.js").Mask} Mask
 * @typedef {import("./network.js").Found} Found
 * @typedef {[number, number, number][]} Table  Row t counts tp, fp and fn of 'probability >= t'.
 * @typedef {(hu: Int16Array | Float32Array, reference: Uint8Array | null) => Promise<Found>} Run  Has the network look.
 */
/**
 * @typedef {object} Part  What is kept of a prediction; of the map, which is 0 nearly everywhere, the part that is not.
 * @property {{top: number, left: number, bottom: number, right: number}} box  The last two are beyond it.
 * @property {Uint8Array} part
 * @property {import("./network.js").Field} field
 */

export class Seen {
  /**
   * @param {Case} asRead
   * @param {number} turn
   */
  constructor(asRead, turn) {
    this.asRead = asRead;
    this.turn = turn;
    this.case = turnedCase(asRead, turn);
    /** @type {Map<number, Part>} */
    this.found = new Map(); // by slice; with another mask it is the same
  }

  /** How much there is of it, beside the case as it was read. */
  get bytes() {
    const maps = [...this.found.values()].reduce((sum, { part }) => sum + part.length, 0);
    return maps + (this.turn ? this.case.hu.byteLength : 0);
  }

  /**
   * Keep what was found on a slice.
   * @param {number} place
   * @param {Pick<Found, "probability" | "field">} found
   */
  keep(place, { probability, field }) {
    const { width } = this.case;
    const box = boxOf(probability, width);
    const part = new Uint8Array((box.bottom - box.top) * (box.right - box.left));
    rowsOf(box, width, (row, at) => part.set(probability.subarray(row, row + box.right - box.left), at));
    this.found.set(place, { box, part, field });
  }

  /**
   * The map of a slice; 0 where the network has not seen it.
   * @param {number} place
   */
  map(place) {
    const { width, height } = this.case;
    const probability = new Uint8Array(width * height);
    const found = this.found.get(place);
    if (!found) return probability;
    const { box, part } = found;
    rowsOf(box, width, (row, at) => probability.set(part.subarray(at, at + box.right - box.left), row));
    return probability;
  }
}

export class Opened {
  /**
   * @param {Seen} seen
   * @param {Mask | null} mask
   * @param {import("./numbers.js").Window} window
   * @param {Run} run
   */
  constructor(seen, mask, window, run) {
    this.seen = seen;
    this.case = seen.case;
    this.mask = mask;
    this.window = window;
    this.run = run;
    this.reference = mask && seen.turn ? turnedStack(mask.organ, seen.asRead, seen.turn) : mask?.organ ?? null;
    /** @type {Map<number, Table>} */
    this.counted = new Map();
  }

  get size() {
    return this.case.height * this.case.width;
  }

  /** How much there is of it, beside what was seen; a table has 256 rows. */
  get bytes() {
    return (this.reference?.length ?? 0) + (this.counted.size << 14);
  }

  /** The slices that the network has not seen. */
  get missing() {
    return Array.from({ length: this.case.count }, (_, place) => place).filter((place) => !this.seen.found.has(place));
  }

  /**
   * Which slice is meant; if that is left open, the one with the most of the mask, or the middle one.
   * @param {number | null} wanted
   */
  place(wanted) {
    const { count } = this.case;
    if (wanted === null) {
      const traced = Array.from({ length: count }, (_, k) => this.marked(k)?.reduce((sum, one) => sum + one, 0) ?? 0);
      const most = Math.max(...traced);
      return most ? traced.indexOf(most) : Math.floor(count / 2);
    }
    if (wanted < 0 || wanted >= count) {
      throw new Refused(`There is no slice ${wanted}: the slices are counted from 0 at the feet to ${count - 1}.`);
    }
    return wanted;
  }

  /** @param {number} place */
  stored(place) {
    return this.case.hu.subarray(place * this.size, (place + 1) * this.size);
  }

  /**
   * Where the mask is on a slice, 1 each; null without a mask.
   * @param {number} place
   */
  marked(place) {
    return this.reference?.subarray(place * this.size, (place + 1) * this.size) ?? null;
  }

  /** @param {number | null} place */
  hu(place) {
    return Int16Array.from(this.stored(this.place(place)), rint);
  }

  /**
   * What the network finds on a slice, and the counts against the mask; it runs once for each slice.
   * @param {number} place
   * @returns {Promise<Omit<Found, "maps">>}
   */
  async predict(place) {
    const found = this.seen.found.get(place);
    const [hu, reference] = [this.stored(place), this.marked(place)];
    if (!found) {
      const fresh = await this.run(hu, reference);
      this.seen.keep(place, fresh);
      this.counted.set(place, fresh.table);
      return fresh;
    }
    const probability = this.seen.map(place);
    const table = this.counted.get(place) ?? tableOf(probability, reference); // it was segmented before this mask
    this.counted.set(place, table);
    return { probability, table, pixels: huToGrey(hu, this.window), field: found.field };
  }

  /** @param {number[]} places */
  async tables(places) {
    const tables = [];
    for (const place of places) tables.push(this.counted.get(place) ?? (await this.predict(this.place(place))).table);
    return tables;
  }

  /**
   * Where the organ is predicted at a level of the threshold, 1 each, on all slices.
   * @param {number} level
   */
  async prediction(level) {
    const marked = new Uint8Array(this.case.hu.length);
    for (const place of this.missing) await this.predict(place);
    for (let place = 0; place < this.case.count; place++) {
      const probability = this.seen.map(place);
      for (let i = 0; i < this.size; i++) marked[place * this.size + i] = Number(probability[i] >= level);
    }
    return marked;
  }
}

/**
 * The rows and columns outside of which a map is 0.
 * @param {Uint8Array} probability
 * @param {number} width
 */
function boxOf(probability, width) {
  const box = { top: Infinity, left: Infinity, bottom: 0, right: 0 };
  for (let i = 0; i < probability.length; i++) {
    if (!probability[i]) continue;
    const x = i % width;
    const y = (i - x) / width;
    if (y < box.top) box.top = y;
    if (x < box.left) box.left = x;
    if (x >= box.right) box.right = x + 1;
    box.bottom = y + 1;
  }
  return box.bottom ? box : { top: 0, left: 0, bottom: 0, right: 0 };
}

/**
 * Call with where each row of a box begins in the slice, and in what is kept of it.
 * @param {Part["box"]} box
 * @param {number} width
 * @param {(row: number, at: number) => void} call
 */
function rowsOf({ top, left, bottom, right }, width, call) {
  for (let y = top; y < bottom; y++) call(y * width + left, (y - top) * (right - left));
}

/**
 * Count at every level, as the model file does.
 * @param {Uint8Array} probability
 * @param {Uint8Array | null} reference
 * @returns {Table}
 */
export function tableOf(probability, reference) {
  const [inside, outside] = [new Uint32Array(256), new Uint32Array(256)];
  for (let i = 0; i < probability.length; i++) (reference?.[i] ? inside : outside)[probability[i]]++;
  const traced = inside.reduce((sum, one) => sum + one, 0);
  /** @type {Table} */
  const table = Array(256);
  let [tp, fp] = [0, 0];
  for (let level = 255; level >= 0; level--) {
    tp += inside[level];
    fp += outside[level];
    table[level] = [tp, fp, traced - tp];
  }
  return table;
}
