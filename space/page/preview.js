/* An embedding as a reader sees it, at a given width, drawn small enough to fit; it tells how high it has to be. */

import { made } from "./dom.js";

export class Preview {
  /**
   * @param {HTMLElement} root
   * @param {() => void} onHeight  Called when the view has told its height.
   */
  constructor(root, onHeight) {
    this.root = root;
    this.src = "";
    this.width = 0;
    this.height = 0; // of the view, in pixels; 0 until it is known
    this.frame = made("iframe");
    window.addEventListener("message", ({ source, origin, data }) => {
      if (source !== this.frame.contentWindow || origin !== window.location.origin) return;
      if (data?.type !== "embed-height" || !Number.isFinite(data.height)) return;
      this.height = data.height;
      this.fit();
      onHeight();
    });
    new ResizeObserver(() => this.fit()).observe(root);
  }

  /**
   * @param {string} src
   * @param {number} width
   */
  show(src, width) {
    this.width = width;
    if (src !== this.src) {
      this.src = src;
      this.height = 0;
      this.frame = made("iframe", { title: "Preview of the embedding", src }); // a new one: no step in the browser's history
      this.root.replaceChildren(this.frame);
    }
    this.fit();
  }

  fit() {
    const [scale, height] = [Math.min(1, this.root.clientWidth / this.width), this.height || this.width];
    Object.assign(this.frame, { width: String(this.width), height: String(height) });
    this.frame.style.transform = `scale(${scale})`;
    this.root.style.height = `${scale * height}px`;
  }
}
