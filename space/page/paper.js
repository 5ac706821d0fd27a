/* What lies on a slice that is drawn on: one's own mask, outlines to compare with, a class's masks, the line under way. */

import { EXTRA, lowestNeighbour, picture, word } from "./pixels.js";

/**
 * @typedef {import("./pixels.js").Colour} Colour
 * @typedef {[Uint8Array | null, Colour]} Layer  A mask, if there is one, and the colour of its outline.
 */

const YOURS = EXTRA;
/** @type {Colour} */
const CLASS = [204, 121, 167]; // Okabe and Ito's purple

export class Paper {
  /**
   * @param {number} width
   * @param {number} height
   */
  constructor(width, height) {
    this.width = width;
    this.height = height;
    this.picture = picture(width, height);
    /** @type {Layer[]} */
    this.layers = [];
    /** @type {Uint8Array[]} */
    this.others = []; // the masks of a class
    /** @type {Float32Array | null} */
    this.shares = null; // of a class that marks a pixel
  }

  /** Only one's own mask is left. */
  clear() {
    [this.layers, this.others, this.shares] = [[], [], null];
  }

  /** @param {Uint8Array[]} masks  Of several people: the more agree on a pixel, the more it is covered. */
  agree(masks) {
    this.clear();
    if (!masks.length) return;
    this.others = masks;
    this.shares = new Float32Array(masks[0].length);
    for (const mask of masks) for (let i = 0; i < mask.length; i++) if (mask[i]) this.shares[i] += 1 / masks.length;
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {Uint8Array} mask
   * @param {import("./stage.js").Pixel[]} path
   */
  paint(context, mask, path) {
    const { image, words } = this.picture;
    words.fill(0);
    for (let i = 0; i < words.length; i++) if (mask[i]) words[i] = word(YOURS, 70);
    for (let i = 0; this.shares && i < words.length; i++) {
      if (this.shares[i]) words[i] = word(CLASS, 20 + 160 * this.shares[i]);
    }
    for (const other of this.others) this.outline(other, word(CLASS));
    for (const [pixels, colour] of [...this.layers, /** @type {Layer} */ ([mask, YOURS])]) {
      if (pixels) this.outline(pixels, word(colour));
    }
    context.putImageData(image, 0, 0);
    context.strokeStyle = `rgb(${YOURS})`;
    context.lineWidth = 1.5;
    context.beginPath();
    for (const { x, y } of path) context.lineTo(x, y);
    context.stroke();
  }

  /**
   * @param {Uint8Array} mask
   * @param {number} colour
   */
  outline(mask, colour) {
    const low = lowestNeighbour(mask, this.width, this.height);
    for (let i = 0; i < mask.length; i++) if (mask[i] && !low[i]) this.picture.words[i] = colour;
  }
}
