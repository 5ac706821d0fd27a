/* A mask that is being drawn: brush, eraser, filled outline, and the way back. */

import { clamp } from "./scores.js";

const LONGEST_HISTORY = 40;

/** @typedef {import("./stage.js").Pixel} Pixel */

export class Ink {
  /**
   * @param {number} width
   * @param {number} height
   */
  constructor(width, height) {
    this.width = width;
    this.height = height;
    this.mask = new Uint8Array(width * height); // 0 or 255
    /** @type {Uint8Array<ArrayBuffer>[]} */
    this.past = [];
  }

  /** Remember the mask as it is, before it changes. */
  keep() {
    this.past.push(this.mask.slice());
    if (this.past.length > LONGEST_HISTORY) this.past.shift();
  }

  undo() {
    this.mask = this.past.pop() ?? this.mask;
  }

  wipe() {
    this.keep();
    this.mask.fill(0);
  }

  /**
   * Paint or rub out a round dab at every pixel's step from a to b.
   * @param {Pixel} a
   * @param {Pixel} b
   * @param {number} size  In pixels.
   * @param {0 | 255} value
   */
  dab(a, b, size, value) {
    const { width, height, mask } = this;
    const radius = size / 2;
    const steps = Math.max(1, Math.ceil(Math.hypot(b.x - a.x, b.y - a.y)));
    for (let step = 0; step <= steps; step++) {
      const cx = a.x + ((b.x - a.x) * step) / steps;
      const cy = a.y + ((b.y - a.y) * step) / steps;
      for (let y = Math.max(0, Math.floor(cy - radius)); y < Math.min(height, cy + radius); y++) {
        for (let x = Math.max(0, Math.floor(cx - radius)); x < Math.min(width, cx + radius); x++) {
          if (Math.hypot(x + 0.5 - cx, y + 0.5 - cy) <= radius) mask[y * width + x] = value;
        }
      }
    }
  }

  /**
   * Fill the inside of a closed outline: a pixel counts if its middle lies inside (even-odd rule).
   * @param {Pixel[]} path
   */
  fill(path) {
    const { width, height, mask } = this;
    for (let y = 0; y < height; y++) {
      const crossings = [];
      for (let i = 0; i < path.length; i++) {
        const [a, b] = [path[i], path[(i + 1) % path.length]];
        if (a.y <= y + 0.5 !== b.y <= y + 0.5) crossings.push(a.x + ((y + 0.5 - a.y) / (b.y - a.y)) * (b.x - a.x));
      }
      crossings.sort((a, b) => a - b);
      for (let i = 0; i + 1 < crossings.length; i += 2) {
        const from = clamp(Math.ceil(crossings[i] - 0.5), 0, width);
        const to = clamp(Math.ceil(crossings[i + 1] - 0.5), 0, width);
        mask.fill(255, y * width + from, y * width + to);
      }
    }
  }
}
