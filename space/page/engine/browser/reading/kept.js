/* What was just read, for the next slices of it: as much as a page should hold, and the last one whatever its size. */

const MOST_BYTES = 512 * 2 ** 20;

/** @template T */
export class Kept {
  /** @param {(one: T) => number} bytesOf */
  constructor(bytesOf) {
    this.bytesOf = bytesOf;
    /** @type {Map<string, T>} */
    this.ones = new Map();
  }

  /**
   * What is kept, or read; what cannot be read is not kept.
   * @param {string} key
   * @param {() => Promise<T>} read
   * @returns {Promise<T>}
   */
  async get(key, read) {
    const one = this.ones.get(key) ?? await read();
    this.ones.delete(key);
    this.ones.set(key, one); // the last is the newest
    let total = 0;
    for (const [old, kept] of [...this.ones].reverse()) {
      total += this.bytesOf(kept);
      if (total > MOST_BYTES && old !== key) this.ones.delete(old);
    }
    return one;
  }
}
