/* The worker, as the page sees it. */

/**
 * @typedef {import("../engine/messages.js").Message} Message
 * @typedef {import("../engine/messages.js").Answer} Answer
 */

export class Runner {
  /** @param {(answer: Answer) => void} hear */
  constructor(hear) {
    const module = new URL("../engine/worker.js", import.meta.url).href;
    // by way of a blob, because a worker's own file must be of the page's origin, and an embedding page has another one
    const own = URL.createObjectURL(new Blob([`import ${JSON.stringify(module)};`], { type: "text/javascript" }));
    this.worker = new Worker(own, { type: "module" });
    this.worker.addEventListener("message", ({ data }) => hear(data));
    this.worker.addEventListener("error", ({ message }) => hear({ type: "failed", text: message ?? "no module workers" }));
  }

  /** @param {Message} message */
  tell(message) {
    this.worker.postMessage(message);
  }
}
