/* The pages of a TIFF file and their tags: TIFF 6.0, Adobe 1992, section 2; and BigTIFF, which has wider offsets.

   As strict as space/readers/tiff.py makes tifffile: a tag that cannot be is a damaged file, not one to pass over. */

const SIZES = [0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4, 0, 0, 8, 8, 8]; // bytes, by the type of a value
const [ASCII, SBYTE, SSHORT, SLONG, FLOAT, DOUBLE] = [2, 6, 8, 9, 11, 12];
const MANY_TAGS = 4096;
const DESCRIPTION = 270;

/**
 * @typedef {object} Entry
 * @property {number} type
 * @property {number} count
 * @property {number} at  Where its values are.
 */

/** One picture of a file. */
export class Page {
  /**
   * @param {DataView} view
   * @param {boolean} little
   * @param {Map<number, Entry>} entries
   * @param {Set<number>} repeated  Tags that it has more than once; the first counts.
   * @param {string[]} descriptions
   */
  constructor(view, little, entries, repeated, descriptions) {
    this.view = view;
    this.little = little;
    this.entries = entries;
    this.repeated = repeated;
    this.descriptions = descriptions;
  }

  /** @param {number} code */
  has(code) {
    return this.entries.has(code);
  }

  /**
   * The values of a tag; nothing without it.
   * @param {number} code
   * @returns {number[]}
   */
  list(code) {
    const entry = this.entries.get(code);
    return entry ? Array.from({ length: entry.count }, (_, i) => valueAt(this.view, entry, i, this.little)) : [];
  }

  /**
   * @param {number} code
   * @param {number} otherwise
   */
  one(code, otherwise) {
    const entry = this.entries.get(code);
    return entry?.count ? valueAt(this.view, entry, 0, this.little) : otherwise; // of millions only the first is read
  }

  /**
   * The bytes of a tag.
   * @param {number} code
   */
  bytes(code) {
    const entry = this.entries.get(code);
    return entry && new Uint8Array(this.view.buffer, this.view.byteOffset + entry.at, entry.count * SIZES[entry.type]);
  }
}

/**
 * @param {Uint8Array} bytes
 * @returns {Page[]}
 */
export function pagesOf(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const little = bytes[0] === 0x49;
  const big = view.getUint16(2, little) === 43;
  if (big && view.getUint16(4, little) !== 8) throw new Error("its offsets are of no known size");
  /** @param {number} at */
  const offsetAt = (at) => (big ? Number(view.getBigUint64(at, little)) : view.getUint32(at, little));
  const pages = [];
  const seen = new Set();
  for (let at = offsetAt(big ? 8 : 4); at; ) {
    if (at >= bytes.length || seen.has(at)) throw new Error("the place of a page cannot be");
    seen.add(at);
    const { page, next } = pageAt(view, at, little, big);
    pages.push(page);
    at = offsetAt(next);
  }
  return pages;
}

/** @type {(view: DataView, at: number, little: boolean, big: boolean) => {page: Page, next: number}} */
function pageAt(view, at, little, big) {
  const count = big ? Number(view.getBigUint64(at, little)) : view.getUint16(at, little);
  if (count > MANY_TAGS) throw new Error("a page has too many tags");
  const [start, size] = [at + (big ? 8 : 2), big ? 20 : 12];
  const entries = new Map();
  const repeated = new Set();
  const descriptions = [];
  for (let i = 0; i < count; i++) {
    const from = start + i * size;
    const [code, entry] = [view.getUint16(from, little), entryAt(view, from, little, big)];
    if (entries.has(code)) repeated.add(code);
    else entries.set(code, entry);
    if (code === DESCRIPTION && entry.type === ASCII) {
      const text = new Uint8Array(view.buffer, view.byteOffset + entry.at, entry.count);
      descriptions.push(new TextDecoder("latin1").decode(text).split("\0")[0]);
    }
  }
  return { page: new Page(view, little, entries, repeated, descriptions), next: start + count * size };
}

/**
 * @type {(view: DataView, from: number, little: boolean, big: boolean) => Entry}
 */
function entryAt(view, from, little, big) {
  const type = view.getUint16(from + 2, little);
  const count = big ? Number(view.getBigUint64(from + 4, little)) : view.getUint32(from + 4, little);
  const bytes = count * (SIZES[type] ?? 0);
  if (!SIZES[type]) throw new Error("a tag has no known type");
  const inside = from + (big ? 12 : 8);
  if (bytes <= (big ? 8 : 4)) return { type, count, at: inside };
  const at = big ? Number(view.getBigUint64(inside, little)) : view.getUint32(inside, little);
  if (at < 8 || at + bytes > view.byteLength) throw new Error("a tag's values are missing");
  return { type, count, at };
}

/** @type {(view: DataView, entry: Entry, i: number, little: boolean) => number} */
function valueAt(view, { type, at }, i, little) {
  const from = at + i * SIZES[type];
  switch (type) {
    case SBYTE: return view.getInt8(from);
    case SSHORT: return view.getInt16(from, little);
    case SLONG: return view.getInt32(from, little);
    case FLOAT: return view.getFloat32(from, little);
    case DOUBLE: return view.getFloat64(from, little);
    default: return unsignedAt(view, from, SIZES[type], little);
  }
}

/** @type {(view: DataView, from: number, size: number, little: boolean) => number} */
function unsignedAt(view, from, size, little) {
  if (size === 1) return view.getUint8(from);
  if (size === 2) return view.getUint16(from, little);
  return size === 4 ? view.getUint32(from, little) : Number(view.getBigUint64(from, little));
}
