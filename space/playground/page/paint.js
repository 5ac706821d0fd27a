/* Pixels on a canvas. */

import { made, pen } from "../../page/dom.js";

/** @typedef {[number, number, number, number?]} Colour  Red, green, blue, and opacity where it is not all: 0 to 255. */

/** @type {Colour} */
export const NOTHING = [0, 0, 0, 0];

/**
 * @param {number} width
 * @param {number} height
 */
export const canvasOf = (width, height) => made("canvas", { width: String(width), height: String(height) });

/**
 * @param {number} level  0 to 255.
 * @returns {Colour}
 */
export const grey = (level) => [level, level, level];

/**
 * @param {HTMLCanvasElement} canvas
 * @param {(x: number, y: number) => Colour} colour
 */
export function paint(canvas, colour) {
  const context = pen(canvas);
  const image = context.createImageData(canvas.width, canvas.height);
  for (let i = 0, y = 0; y < canvas.height; y++) {
    for (let x = 0; x < canvas.width; x++, i += 4) {
      const [red, green, blue, opacity = 255] = colour(x, y);
      image.data[i] = red;
      image.data[i + 1] = green;
      image.data[i + 2] = blue;
      image.data[i + 3] = opacity;
    }
  }
  context.putImageData(image, 0, 0);
}
