/* How far the network has come, in a corner of the page, until it is there; and what to do if it does not come. */

import { made } from "./dom.js";

/** @typedef {import("./engine/browser/worker.js").Progress} Progress */

const MEGABYTE = 1e6;

export class Loading {
  /**
   * @param {HTMLElement} root
   * @param {() => void} again  Tries once more.
   */
  constructor(root, again) {
    this.words = made("p");
    this.bar = made("progress", { "aria-label": "The network is loading" });
    this.again = made("button", { type: "button" }, "Try again");
    this.close = made("button", { type: "button" }, "Close");
    this.place = made("div", { id: "loading", class: "part", hidden: "", tabindex: "-1" },
      this.words, this.bar, this.again, this.close);
    this.spoken = made("p", { class: "only-read", role: "status" }); // each megabyte would be too much to hear
    root.append(this.place, this.spoken);
    /** @type {Progress["stage"] | null} */
    this.stage = null;
    this.again.addEventListener("click", () => {
      this.place.focus(); // the button goes
      again();
    });
    this.close.addEventListener("click", () => { this.place.hidden = true; });
    addEventListener("online", () => { if (this.stage === "failed") again(); });
  }

  /** @param {Progress} progress */
  show({ stage, done, of, problem }) {
    const [there, all] = [done, of].map((bytes) => (bytes / MEGABYTE).toFixed(1));
    this.words.textContent = problem || (stage === "loading"
      ? `The network is loading: ${there} of ${all} MB` : "The network is getting ready");
    this.bar.hidden = Boolean(problem);
    if (stage === "loading") [this.bar.max, this.bar.value] = [of, done];
    else this.bar.removeAttribute("value"); // how long that takes is not known
    this.again.hidden = stage !== "failed";
    this.close.hidden = !problem;
    if (stage === this.stage) return;
    this.stage = stage;
    this.place.hidden = stage === "ready";
    if (stage === "loading") this.spoken.textContent = "The network is loading.";
    else if (stage !== "starting") this.spoken.textContent = problem || "The network is ready.";
  }
}
