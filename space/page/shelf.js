/* The slices of the open case that were seen last: they are there again at once. The whole volume is never kept. */

const MOST = 40;

/**
 * @typedef {import("./engine/port.js").Opened} Opened
 * @typedef {import("./engine/port.js").Piece} Piece
 * @typedef {Omit<import("./engine/port.js").Source, "place" | "slice"> & {slice: Piece | null}} About
 */

export class Shelf {
  constructor() {
    /** @type {Map<number, Opened>} */
    this.slices = new Map(); // by place, the last one seen at the end
    /** @type {About | null} */
    this.about = null;
  }

  /** @param {Opened} opened */
  put(opened) {
    if (!this.about || !sameCase(this.about, opened.source)) this.slices.clear();
    this.about = opened.source;
    this.slices.delete(opened.place);
    this.slices.set(opened.place, opened);
    for (const place of this.slices.keys()) {
      if (this.slices.size <= MOST) break;
      this.slices.delete(place);
    }
  }

  /**
   * The slice that a wish is for, if it was seen.
   * @param {import("./engine/port.js").Wish} wish
   */
  get({ files, place, ...about }) {
    if (files.length || place === null || !this.about || !sameCase(this.about, about)) return null;
    return this.slices.get(place) ?? null;
  }
}

/**
 * Whether slices belong to one case: the same volume with the same mask, read and turned in the same way.
 * @param {About} a
 * @param {About} b
 */
export function sameCase(a, b) {
  return a.values === b.values && a.label === b.label && a.order === b.order && a.turn === b.turn
    && samePiece(a.slice, b.slice) && samePiece(a.mask, b.mask);
}

/**
 * @param {Piece | null} a
 * @param {Piece | null} b
 */
function samePiece(a, b) {
  if (!Array.isArray(a) || !Array.isArray(b)) return JSON.stringify(a) === JSON.stringify(b);
  return a.length === b.length && a.every((file, i) => file === b[i]);
}
