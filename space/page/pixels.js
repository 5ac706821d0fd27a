/* Pixels: colours, masks, outlines. A picture is painted in words of 32 bits, a word a pixel. */

// Okabe and Ito's palette, as in space/drawing.py: told apart with any form of colour blindness.
/** @typedef {[number, number, number]} Colour */
/** @type {Colour} */
export const PREDICTION = [86, 180, 233];
/** @type {Colour} */
export const REFERENCE = [213, 94, 0];
/** @type {Colour} */
export const EXTRA = [240, 228, 66];

/**
 * A colour as a word: every platform with a browser is little-endian, so ABGR.
 * @param {Colour} colour
 * @param {number} [a]  Opacity, 0 to 255.
 */
export const word = ([r, g, b], a = 255) => ((a << 24) | (b << 16) | (g << 8) | r) >>> 0;

/**
 * A picture to paint: `words` and `image` are the same memory.
 * @param {number} width
 * @param {number} height
 */
export function picture(width, height) {
  const image = new ImageData(width, height);
  return { image, words: new Uint32Array(image.data.buffer) };
}

/**
 * @typedef {object} Window  A display window in grey levels of the model's window: 0 is its lower end, 256 its upper one.
 * @property {number} level  Its middle.
 * @property {number} width
 */
/** @type {Readonly<Window>} */
export const WHOLE_WINDOW = { level: 128, width: 256 };

/** Every grey level as a word. */
export const GREYS = Uint32Array.from({ length: 256 }, (_, grey) => word([grey, grey, grey]));

/**
 * For each pixel the lowest of its four neighbours, 0 beyond the edge. A pixel lies on the outline of 'value >= t'
 * exactly when low < t <= value: no search for edges while a slider moves.
 * @param {Uint8Array} values
 * @param {number} width
 * @param {number} height
 */
export function lowestNeighbour(values, width, height) {
  const low = new Uint8Array(values.length);
  for (let y = 1; y < height - 1; y++) {
    for (let x = 1; x < width - 1; x++) {
      const i = y * width + x;
      low[i] = Math.min(values[i - 1], values[i + 1], values[i - width], values[i + width]);
    }
  }
  return low;
}

/**
 * The pixels at or above a level, 255 each.
 * @param {Uint8Array} probability
 * @param {number} level
 */
export const atOrAbove = (probability, level) => probability.map((value) => (value >= level ? 255 : 0));

/**
 * Slice, prediction and reference in one picture, as `overlay` of space/drawing.py draws it: 3 bytes a pixel.
 * @param {Uint8Array} slice
 * @param {Uint8Array} prediction  0 or 255.
 * @param {Uint8Array | null} reference
 * @param {number} width
 * @param {number} height
 */
export function overlaid(slice, prediction, reference, width, height) {
  const out = new Uint8Array(3 * slice.length);
  const inner = lowestNeighbour(prediction, width, height);
  const traced = reference && lowestNeighbour(reference, width, height);
  for (let i = 0; i < slice.length; i++) {
    const outline = traced && reference[i] && !traced[i] ? REFERENCE : prediction[i] && !inner[i] ? PREDICTION : null;
    for (let c = 0; c < 3; c++) {
      out[3 * i + c] = outline ? outline[c] : prediction[i] ? TINTED[c][slice[i]] : slice[i];
    }
  }
  return out;
}

const FILL = 0.35;
/** What a tint makes of each grey level, by channel; a tie is rounded to the even number, as NumPy does. */
const TINTED = PREDICTION.map((channel) => Uint8Array.from({ length: 256 }, (_, grey) => {
  const value = FILL * channel + (1 - FILL) * grey;
  const low = Math.floor(value);
  return value - low === 0.5 ? low + (low % 2) : Math.round(value);
}));
