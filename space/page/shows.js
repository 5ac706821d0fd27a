/* How the prediction and the mask are shown: filled, as an outline, as errors, as probability; and the crosshair. */

import { find } from "./dom.js";
import { clamp } from "./scores.js";

/** @typedef {import("./looks.js").Mode} Mode */

const PREDICTED = "<span class='key predicted'></span>predicted by the U-Net";
const LEGENDS = {
  fill: PREDICTED,
  contour: PREDICTED.replace("key", "key hollow"),
  error: "<span class='key predicted full'></span>found<span class='key extra full'></span>extra"
    + "<span class='key traced full'></span>missed",
  heat: "<span class='ramp'></span>probability, 0 to 1, and the outline at the threshold",
};

export class Shows {
  /**
   * @param {HTMLElement} root
   * @param {Pick<import("./page.js").Page, "store" | "address">} page
   */
  constructor(root, { store, address }) {
    this.root = root;
    this.store = store;
    this.address = address;
    this.first = true;
    this.overlay = find(root, "canvas.overlay", HTMLCanvasElement);
    this.truth = find(root, "canvas.truth", HTMLCanvasElement);
    this.listen();
    this.setOpacity(clamp(Number(address.get("opacity") ?? 100) || 0, 0, 100));
    this.setTruth(address.get("mask") !== "0");
    this.setMode(address.get("mode") ?? "fill");
    store.subscribe(["point"], ({ point }) => { find(root, ".crosses").hidden = !point; });
  }

  /** Another slice is open: with or without a mask. */
  show() {
    this.setMode(this.first ? this.address.get("mode") ?? "fill" : this.store.state.view.mode);
    this.first = false;
  }

  /** @param {string} mode  Anything else than a mode that can be shown is 'fill'. */
  setMode(mode) {
    const scored = Boolean(this.store.state.opened?.mask);
    const known = Object.hasOwn(LEGENDS, mode) && (mode !== "error" || scored) ? /** @type {Mode} */ (mode) : "fill";
    find(this.root, `[name=mode][value=${known}]`, HTMLInputElement).checked = true;
    find(this.root, "[name=mode][value=error]", HTMLInputElement).disabled = !scored;
    find(this.root, ".legend").innerHTML = LEGENDS[known]
      + (known === "error" ? "" : "<span class='with-mask'><span class='key traced hollow'></span>the mask</span>");
    this.store.look({ mode: known });
  }

  /** @param {number} opacity  In percent. */
  setOpacity(opacity) { // left to the compositor: no pixel is touched
    find(this.root, ".opacity", HTMLInputElement).value = String(opacity);
    find(this.root, ".opacity-text").textContent = `${opacity} %`;
    this.overlay.style.opacity = String(opacity / 100);
    this.store.look({ opacity });
  }

  /** @param {boolean} truth */
  setTruth(truth) {
    find(this.root, ".show-truth", HTMLInputElement).checked = truth;
    this.truth.style.visibility = truth ? "visible" : "hidden";
    this.store.look({ truth });
  }

  listen() {
    /** @type {(selector: string, event: string, act: (input: HTMLInputElement) => void) => void} */
    const on = (selector, event, act) => find(this.root, selector).addEventListener(event, ({ target }) => {
      if (target instanceof HTMLInputElement) act(target);
    });
    on(".opacity", "input", ({ value }) => this.setOpacity(Number(value)));
    on(".opacity", "change", ({ value }) => this.address.set({ opacity: value }));
    on(".modes", "change", ({ value }) => {
      this.setMode(value);
      this.address.set({ mode: value });
    });
    on(".show-truth", "change", ({ checked }) => {
      this.setTruth(checked);
      this.address.set({ mask: checked ? null : "0" });
    });
    on(".show-cross", "change", ({ checked }) => this.store.look({ cross: checked }));
  }
}
