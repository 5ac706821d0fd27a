/* Augmentation: a slice turned, scaled and moved, in other contrast and brightness. */

import { PIXELS, SIDE } from "./memory.js";

/**
 * Turned by up to 15 degrees, up to 15% larger or smaller, moved by up to 5 pixels, contrast by up to 20%.
 * @param {import("./unet.js").Slice} slice
 * @param {import("./random.js").Randomness} random
 * @returns {import("./unet.js").Slice}
 */
export function augmented({ image, mask }, { uniform }) {
  const within = (/** @type {number} */ limit) => limit * (2 * uniform() - 1);
  const half = within(0.13); // the tangent of half the angle: no cosine needed
  const scale = (1 + within(0.15)) * (1 + half * half);
  const [right, down, contrast, brightness] = [within(5), within(5), 1 + within(0.2), within(0.1)];
  const [cos, sin] = [(1 - half * half) / scale, (2 * half) / scale];
  const made = { image: new Float32Array(PIXELS), mask: new Float32Array(PIXELS) };
  const middle = (SIDE - 1) / 2;
  for (let i = 0; i < PIXELS; i++) {
    const [x, y] = [(i % SIDE) - middle, Math.floor(i / SIDE) - middle];
    const [column, row] = [cos * x - sin * y + middle + right, sin * x + cos * y + middle + down];
    const [left, top] = [Math.floor(column), Math.floor(row)];
    if (left < 0 || top < 0 || left >= SIDE - 1 || top >= SIDE - 1) continue;
    const [across, below, at] = [column - left, row - top, top * SIDE + left];
    const between = (/** @type {Float32Array} */ from) => (from[at] * (1 - across) + from[at + 1] * across) * (1 - below)
      + (from[at + SIDE] * (1 - across) + from[at + SIDE + 1] * across) * below;
    made.image[i] = Math.min(1, Math.max(0, (between(image) - 0.5) * contrast + 0.5 + brightness));
    made.mask[i] = between(mask) >= 0.5 ? 1 : 0;
  }
  return made;
}
