/* The worker, as the page sees it. */

import { workerOf } from "../../page/work.js";

/**
 * @typedef {import("../engine/messages.js").Message} Message
 * @typedef {import("../engine/messages.js").Answer} Answer
 */

export class Runner {
  /** @param {(answer: Answer) => void} hear */
  constructor(hear) {
    this.hear = hear;
    this.worker = typeof Worker === "undefined" ? null : workerOf(new URL("../engine/worker.js", import.meta.url).href);
    this.worker?.addEventListener("message", ({ data }) => hear(data));
    this.worker?.addEventListener("error", ({ message }) => hear({ type: "failed", text: message ?? "no module workers" }));
  }

  /** @param {Message} message */
  tell(message) {
    if (this.worker) this.worker.postMessage(message);
    else this.hear({ type: "failed", text: "no workers" });
  }
}
