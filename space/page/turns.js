/* Turning and mirroring slices, and turning them back: the eight ways in which a picture can lie.

   A turn is a number: its quarter turns clockwise, and 4 more if the picture is mirrored left to right first. */

/**
 * What a quarter turn clockwise makes of a turn.
 * @param {number} turn
 */
export const quarter = (turn) => (turn & 4) + (((turn & 3) + 1) & 3);

/**
 * What mirroring left to right, last of all, makes of a turn: mirrored first, a picture must be turned the other way.
 * @param {number} turn
 */
export const mirrored = (turn) => ((turn & 4) ^ 4) + (-turn & 3);

/**
 * The turn that undoes a turn; a mirrored one undoes itself.
 * @param {number} turn
 */
export const inverse = (turn) => (turn & 4 ? turn : -turn & 3);

/**
 * Pixels, turned.
 * @param {Uint8Array} pixels  Rows of one or more bytes a pixel.
 * @param {number} width
 * @param {number} height
 * @param {number} turn
 * @returns {{pixels: Uint8Array, width: number, height: number}}
 */
export function turned(pixels, width, height, turn) {
  const depth = pixels.length / (width * height);
  const out = { pixels: new Uint8Array(pixels.length), width: turn & 1 ? height : width, height: turn & 1 ? width : height };
  /** @type {(x: number, y: number) => number}  Where a pixel goes. */
  const place = (x, y) => {
    const across = turn & 4 ? width - 1 - x : x;
    const [column, row] = [
      [across, y], [height - 1 - y, across], [width - 1 - across, height - 1 - y], [y, width - 1 - across],
    ][turn & 3];
    return depth * (row * out.width + column);
  };
  const first = place(0, 0);
  const [step, down] = [place(1, 0) - first, place(0, 1) - first];
  for (let y = 0, from = 0; y < height; y++) {
    for (let x = 0, to = first + y * down; x < width; x++, to += step) {
      for (let i = 0; i < depth; i++) out.pixels[to + i] = pixels[from++];
    }
  }
  return out;
}
