/* Questions wait in the server, in the order in which they came. Each has a ticket of its own, a random word: with it the
   page asks how long it is going to take, and a question that was sent away or cut off keeps its place. */

const SOON = 3000; // milliseconds that nobody needs to be told of
const OFTEN = 3000; // between two looks at the line
const CUT = 20_000; // a request that lives longer may be ended by what lies between page and server: it is asked once more
const LONGEST = 10 * 60_000;
const TOO_MANY = "Too many people are asking: please try again in a few minutes.";
const MOST = 5000; // until somebody who was sent away comes again

/**
 * @typedef {object} Wait
 * @property {number} ahead  Questions that come before.
 * @property {number} seconds  What they will take, as the last ones did.
 */

export class Line {
  /**
   * @param {(ticket: string) => Promise<Wait>} look  How long a ticket is going to wait.
   * @param {(wait: Wait | null) => void} hear  Is told of the longest wait, and with null that nobody waits any more.
   */
  constructor(look, hear) {
    this.look = look;
    this.hear = hear;
    /** @type {Map<string, Wait>} */
    this.waiting = new Map();
  }

  /**
   * Put a question; if there is no room for it, again and again.
   * @param {(ticket: string) => Promise<any>} put
   * @param {{shown: boolean}} how  Whether a person waits for the answer.
   * @returns {Promise<any>}  The answer; null if there is none.
   */
  async pass(put, { shown }) {
    const ticket = newTicket();
    const looking = shown ? setTimeout(() => this.watch(ticket), SOON) : 0;
    if (shown) this.waiting.set(ticket, { ahead: 0, seconds: 0 });
    try {
      return await this.answer(put, ticket);
    } finally {
      clearTimeout(looking);
      if (this.waiting.delete(ticket)) this.told();
    }
  }

  /**
   * @param {(ticket: string) => Promise<any>} put
   * @param {string} ticket
   */
  async answer(put, ticket) {
    const start = performance.now();
    for (;;) {
      const sent = performance.now();
      const answer = await put(ticket).catch(() => null);
      const [took, since] = [performance.now() - sent, performance.now() - start];
      if (answer && !answer.full) return answer;
      if (since > LONGEST) return answer ? { refused: TOO_MANY } : null;
      if (answer) {
        this.tell(ticket, answer.full);
        await pause(Math.min(MOST, 500 * answer.full.seconds));
      } else if (took < CUT || !await this.seen(ticket)) return null; // nobody is there
    }
  }

  /**
   * What the server says of a ticket; nothing if it does not answer.
   * @param {string} ticket
   */
  seen(ticket) {
    return this.look(ticket).catch(() => null);
  }

  /** @param {string} ticket */
  async watch(ticket) {
    while (this.waiting.has(ticket)) {
      const wait = await this.seen(ticket);
      if (wait && Number.isFinite(wait.ahead)) this.tell(ticket, wait);
      await pause(OFTEN);
    }
  }

  /**
   * @param {string} ticket
   * @param {Wait} wait
   */
  tell(ticket, wait) {
    if (!this.waiting.has(ticket)) return;
    this.waiting.set(ticket, wait);
    this.told();
  }

  told() {
    const longest = [...this.waiting.values()].reduce((most, one) => (one.ahead > most.ahead ? one : most), NOBODY);
    this.hear(longest.ahead ? longest : null);
  }
}

const NOBODY = { ahead: 0, seconds: 0 };

/** @param {number} milliseconds */
const pause = (milliseconds) => new Promise((resolve) => { setTimeout(resolve, milliseconds); });

const newTicket = () => [...crypto.getRandomValues(new Uint32Array(4))].map((part) => part.toString(36)).join("");
