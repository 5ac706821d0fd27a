/* Which question is answered next: the network does one thing at a time, and what a person waits for goes before what is
   computed while one reads. */

/** @typedef {() => Promise<unknown>} Work */

export class Queue {
  constructor() {
    /** @type {Work[]} */
    this.awaited = [];
    /** @type {Work[]} */
    this.background = [];
    this.working = false;
  }

  /**
   * @template Result
   * @param {() => Promise<Result>} work
   * @param {{inBackground: boolean}} how  Whether it waits until nobody waits for anything else.
   * @returns {Promise<Result>}
   */
  take(work, { inBackground }) {
    return new Promise((resolve, reject) => {
      (inBackground ? this.background : this.awaited).push(() => work().then(resolve, reject));
      this.goOn();
    });
  }

  async goOn() {
    if (this.working) return;
    this.working = true;
    for (;;) {
      // a question that came during the last piece of work is heard only once this worker rests for a moment
      if (!this.awaited.length && this.background.length) await new Promise((resolve) => { setTimeout(resolve); });
      const next = this.awaited.shift() ?? this.background.shift();
      if (!next) break;
      await next();
    }
    this.working = false;
  }
}
