/* Slices: what it learns from, and what it finds in people that it never trained on. */

import { made, pen } from "../../page/dom.js";
import { SIDE } from "../engine/memory.js";
import { LEVELS } from "./link.js";
import { canvasOf, grey, paint } from "./paint.js";

/** @typedef {import("../engine/unet.js").Slice} Slice */

const PREDICTED = [86, 180, 233];
const TRACED = "rgb(213 94 0)";
const SCALE = 4; // canvas pixels per pixel of a slice, so that outlines are thin

/**
 * @param {HTMLElement} root
 * @param {Slice[]} slices
 */
export function drawExamples(root, slices) {
  const small = canvasOf(SIDE, SIDE);
  root.replaceChildren(...slices.map(({ image, mask }) => {
    paint(small, (x, y) => grey(255 * image[y * SIDE + x]));
    return drawn(small, outlineOf(mask), canvasOf(SIDE * SCALE, SIDE * SCALE), 6);
  }));
}

/**
 * A slice, enlarged, with an outline.
 * @param {HTMLCanvasElement} small
 * @param {Path2D} outline
 * @param {HTMLCanvasElement} canvas
 * @param {number} width  Of the outline.
 */
function drawn(small, outline, canvas, width) {
  const context = pen(canvas);
  context.imageSmoothingEnabled = false;
  context.drawImage(small, 0, 0, canvas.width, canvas.height);
  context.strokeStyle = TRACED;
  context.lineWidth = width;
  context.stroke(outline);
  return canvas;
}

export class Predictions {
  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root;
    this.small = canvasOf(SIDE, SIDE);
    /** @type {{slice: Slice, outline: Path2D, canvas: HTMLCanvasElement, caption: HTMLElement}[]} */
    this.places = [];
  }

  /** @param {Slice[]} slices */
  begin(slices) {
    this.places = slices.map((slice, n) => {
      const canvas = canvasOf(SIDE * SCALE, SIDE * SCALE);
      canvas.setAttribute("role", "img");
      canvas.setAttribute("aria-label", `Person ${n + 1}: what is marked, and the true outline`);
      return { slice, outline: outlineOf(slice.mask), canvas, caption: made("figcaption") };
    });
    this.root.replaceChildren(...this.places.map(({ canvas, caption }) => made("figure", {}, canvas, caption)));
  }

  /**
   * In full blue what is marked at the threshold, fainter blue the probability below it, and the mask's outline.
   * @param {Float32Array[]} predictions
   * @param {number} level
   */
  draw(predictions, level) {
    this.places.forEach(({ slice: { image, mask }, outline, canvas, caption }, n) => {
      const p = predictions[n];
      const marked = (/** @type {number} */ i) => p[i] * LEVELS >= level;
      paint(this.small, (x, y) => {
        const i = y * SIDE + x;
        const share = marked(i) ? 0.7 : 0.5 * p[i] || 0;
        const mixed = PREDICTED.map((colour) => 255 * image[i] + (colour - 255 * image[i]) * share);
        return [mixed[0], mixed[1], mixed[2]];
      });
      drawn(this.small, outline, canvas, 2);
      let [both, sum] = [0, 0];
      for (let i = 0; i < p.length; i++) {
        both += marked(i) ? mask[i] : 0;
        sum += Number(marked(i)) + mask[i];
      }
      caption.textContent = `Dice ${(2 * both / sum).toFixed(2)}`;
    });
  }
}

/**
 * The sides of pixels that part a mask from its background.
 * @param {Float32Array} mask
 */
function outlineOf(mask) {
  const outline = new Path2D();
  const inside = (/** @type {number} */ x, /** @type {number} */ y) => (
    x >= 0 && y >= 0 && x < SIDE && y < SIDE && mask[y * SIDE + x] > 0);
  const line = (/** @type {number[]} */ ...[x1, y1, x2, y2]) => {
    outline.moveTo(x1 * SCALE, y1 * SCALE);
    outline.lineTo(x2 * SCALE, y2 * SCALE);
  };
  for (let y = 0; y <= SIDE; y++) {
    for (let x = 0; x <= SIDE; x++) {
      if (inside(x, y) !== inside(x - 1, y)) line(x, y, x, y + 1);
      if (inside(x, y) !== inside(x, y - 1)) line(x, y, x + 1, y);
    }
  }
  return outline;
}
