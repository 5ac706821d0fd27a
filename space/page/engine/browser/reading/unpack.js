/* The two old ways to pack a TIFF. TIFF 6.0, Adobe 1992: section 9 (PackBits), section 13 (LZW). */

/**
 * @param {Uint8Array} packed
 * @param {number} most  Bytes that are wanted; more is an error.
 */
export function fromPackBits(packed, most) {
  const out = new Uint8Array(most);
  let to = 0;
  for (let at = 0; at < packed.length;) {
    const head = packed[at++];
    const start = to;
    if (head < 128) {
      const run = packed.subarray(at, at + head + 1);
      if (run.length <= head) throw new Error("its last run is cut off");
      to += run.length;
      if (to <= most) out.set(run, start);
      at += head + 1;
    } else if (head > 128) {
      if (at === packed.length) throw new Error("its last run is cut off");
      to += 257 - head;
      out.fill(packed[at++], start, to);
    }
    if (to > most) throw new Error("more is packed in it than belongs to the picture");
  }
  return out.subarray(0, to);
}

const [CLEAR, END, FIRST, WIDEST] = [256, 257, 258, 12];

/**
 * @param {Uint8Array} packed
 * @param {number} most  Bytes that are wanted; what comes after them is left.
 */
export function fromLzw(packed, most) {
  if (packed[0] === 0 && packed[1] & 1) throw new Error("it is packed by an old kind of LZW");
  const out = new Uint8Array(most);
  const codes = new Codes(packed);
  const table = new Table();
  let to = 0;
  while (to < most) {
    const code = codes.next(table.bits);
    if (code === END) break;
    if (code === CLEAR) table.clear();
    else to += table.write(code, out, to);
  }
  return out.subarray(0, to);
}

/** Numbers of several widths, the highest bit first. */
class Codes {
  /** @param {Uint8Array} packed */
  constructor(packed) {
    this.packed = packed;
    this.at = 0;
    this.held = 0; // bits that are read and not used
    this.rest = 0;
  }

  /** @param {number} bits */
  next(bits) {
    while (this.held < bits) {
      if (this.at >= this.packed.length) return END;
      this.rest = ((this.rest << 8) | this.packed[this.at++]) & 0xffffff;
      this.held += 8;
    }
    this.held -= bits;
    return (this.rest >> this.held) & ((1 << bits) - 1);
  }
}

/** What the codes stand for: a byte, or what another code stands for and a byte. */
class Table {
  constructor() {
    this.before = new Uint16Array(1 << WIDEST);
    this.last = Uint8Array.from({ length: 1 << WIDEST }, (_, code) => code);
    this.length = new Uint16Array(1 << WIDEST).fill(1);
    this.bits = 9;
    this.count = FIRST;
    this.previous = -1;
  }

  clear() {
    this.bits = 9;
    this.count = FIRST;
    this.previous = -1;
  }

  /**
   * Write what a code stands for, and learn from it.
   * @param {number} code
   * @param {Uint8Array} out  What does not fit is left.
   * @param {number} to
   */
  write(code, out, to) {
    const fresh = this.previous >= 0 && this.count < 1 << WIDEST;
    if (fresh) {
      this.before[this.count] = this.previous;
      this.length[this.count] = this.length[this.previous] + 1;
      this.last[this.count] = this.first(code === this.count ? this.previous : code);
      this.count++;
    }
    if (code >= CLEAR && (this.previous < 0 || code >= this.count)) throw new Error("a code of its LZW is not known");
    const size = this.length[code];
    for (let at = to + size - 1, one = code; at >= to; at--, one = this.before[one]) {
      if (at < out.length) out[at] = this.last[one];
    }
    this.previous = code;
    if (this.count >= (1 << this.bits) - 1 && this.bits < WIDEST) this.bits++; // one code early, as all writers do
    return Math.min(size, out.length - to);
  }

  /** @param {number} code */
  first(code) {
    let one = code;
    while (one >= CLEAR) one = this.before[one];
    return one;
  }
}
