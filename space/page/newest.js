/* Questions about something that keeps changing, as a slider does: one at a time, and after it only the newest. */

/**
 * @template Wish
 * @template Answer
 */
export class Newest {
  /**
   * @param {(wish: Wish) => Promise<Answer>} ask
   * @param {(wish: Wish, answer: Answer) => void} hear  Hears every answer, also one that is not wanted any more.
   */
  constructor(ask, hear) {
    this.ask = ask;
    this.hear = hear;
    /** @type {Wish | null} */
    this.wish = null;
    this.running = false;
  }

  /** @param {Wish | null} wish  Null if nothing is to be asked any more. */
  async want(wish) {
    this.wish = wish;
    if (this.running) return;
    this.running = true;
    try {
      while (this.wish) {
        const asked = this.wish;
        const answer = await this.ask(asked);
        if (asked === this.wish) this.wish = null;
        this.hear(asked, answer);
      }
    } finally {
      this.running = false;
    }
  }
}
