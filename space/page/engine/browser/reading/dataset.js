/* The bytes of a DICOM file -> its elements (PS3.5, 7; PS3.10, 7), by the rules of pydicom, which forgives what many files
   get wrong: no preamble, no file meta information, implicit VR where explicit is said, sequences without their end. */

import { Refused } from "../../port.js";
import { MAX_BYTES } from "./archive.js";
import { decoded, tagOf, valueOf, vrOf } from "./elements.js";
import { inflatedWhole } from "./gzip.js";
import { DAMAGED } from "./guard.js";

/**
 * @typedef {object} Form  How elements are written.
 * @property {boolean} implicit  Without their VR.
 * @property {boolean} little
 * @property {string} coding  Of texts, as `decoded` of elements.js takes it.
 */
/**
 * @typedef {object} Element
 * @property {string | null} vr  As the file says it, if it does.
 * @property {Uint8Array} bytes
 * @property {boolean} endless  Whether its length is not said.
 * @property {Dataset[]} [items]  Of a sequence that has been read.
 */

export const IMPLICIT = "1.2.840.10008.1.2";
export const EXPLICIT = "1.2.840.10008.1.2.1";
export const DEFLATED = "1.2.840.10008.1.2.1.99";
export const BIG_ENDIAN = "1.2.840.10008.1.2.2";
const UNDEFINED = 0xffffffff;
const ITEM = 0xfffee000, ITEM_END = 0xfffee00d, SEQUENCE_END = 0xfffee0dd;
const LONG = ["OB", "OD", "OF", "OL", "OW", "OV", "SQ", "SV", "UC", "UN", "UR", "UT", "UV"]; // their length has four bytes
const KNOWN = [...LONG, "AE", "AS", "AT", "CS", "DA", "DS", "DT", "FL", "FD", "IS", "LO", "LT", "PN", "SH", "SL", "SS", "ST",
  "TM", "UI", "UL", "US"];

const MOST = 2 ** 23; // elements of all files of a case: thousands of slices have a few hundred each
const ITEM_WEIGHT = 8; // what an item takes, next to an element

/** The end of the data, where they must go on. */
class TooShort extends Error {}

/** Room for elements: each has a few bytes in a file, and takes many times as much once it is read. */
export class Room {
  constructor() {
    this.left = MOST;
  }

  /** @param {number} count */
  take(count) {
    this.left -= count;
    if (this.left < 0) throw new Refused(DAMAGED);
  }
}

export class Dataset {
  /**
   * @param {Map<number, Element>} elements  Those that are read (elements.js).
   * @param {Form} form
   * @param {Room} room
   */
  constructor(elements, form, room) {
    this.elements = elements;
    this.form = form;
    this.room = room;
    /** @type {string} */
    this.syntax = ""; // of a file
    /** @type {Dataset | null} */
    this.meta = null; // of a file
  }

  /** @param {string} keyword */
  has(keyword) {
    return this.elements.has(tagOf(keyword));
  }

  /**
   * The value of an element: one, several, bytes; null where there is none, or it is empty and no text.
   * @param {string} keyword
   * @returns {any}
   */
  get(keyword) {
    return this.valueAt(tagOf(keyword));
  }

  /** Read every element; an error where one makes no sense. */
  check() {
    for (const tag of this.elements.keys()) this.valueAt(tag);
  }

  /**
   * @param {number} tag
   * @returns {any}
   */
  valueAt(tag) {
    const element = this.elements.get(tag);
    if (!element) return null;
    const usual = /** @type {string} */ (vrOf(tag));
    const vr = !element.vr || element.vr === "UN" ? usual : element.vr;
    if (element.items || vr === "SQ") return this.items(element);
    const { little, coding } = this.form;
    return valueOf(vr === "US or SS" ? this.signedness() : vr, element.bytes, little, coding);
  }

  /** @param {Element} element */
  items(element) {
    element.items ??= new Reader(element.bytes, this.form, this.room).sequence(element.bytes.length);
    return element.items;
  }

  signedness() {
    return this.get("PixelRepresentation") ? "SS" : "US";
  }
}

/**
 * Read a file as far as it goes.
 * @param {Uint8Array} bytes
 * @param {Room} [room]  For it and the other files of its case.
 * @returns {Dataset}
 * @throws Refused where there is no room, TooLarge, or an error where it makes no sense.
 */
export function datasetOf(bytes, room = new Room()) {
  const marked = isMarked(bytes);
  const start = new Reader(bytes, { implicit: false, little: true, coding: "" }, room, marked ? 132 : 0);
  const meta = start.elements({ within: 0x0002 });
  meta.get("FileMetaInformationGroupLength"); // which must be a number
  const said = meta.get("TransferSyntaxUID");
  start.form = { implicit: true, little: true, coding: "" };
  start.elements({ within: 0x0000 }); // commands of the network
  const rest = bytes.subarray(start.at);
  const form = formOf(said === null ? null : String(said), rest);
  const reader = new Reader(said === DEFLATED ? inflatedWhole(rest, MAX_BYTES) : rest, form, room);
  const found = reader.elements({ top: true });
  return Object.assign(found, { syntax: said === null ? guessed(form) : String(said), meta });
}

/** @type {(form: Form) => string} */
const guessed = ({ implicit, little }) => (implicit ? IMPLICIT : little ? EXPLICIT : BIG_ENDIAN);

/** @param {Uint8Array} bytes */
export const isMarked = (bytes) => decoded(bytes.subarray(128, 132)) === "DICM";

/** @type {(syntax: string | null, rest: Uint8Array) => Form} */
function formOf(syntax, rest) {
  if (syntax !== null) {
    return { implicit: syntax === IMPLICIT, little: syntax !== BIG_ENDIAN, coding: "" };
  }
  const explicit = KNOWN.includes(decoded(rest.subarray(4, 6)));
  return { implicit: !explicit, little: !explicit || rest[1] < 4, coding: "" };
}

class Reader {
  /**
   * @param {Uint8Array} bytes
   * @param {Form} form
   * @param {Room} room
   * @param {number} at
   */
  constructor(bytes, form, room, at = 0) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.form = form;
    this.room = room;
    this.at = at;
  }

  /**
   * @param {number} size
   * @param {number} at
   */
  number(size, at) {
    if (at + size > this.bytes.length) throw new TooShort();
    return size === 2 ? this.view.getUint16(at, this.form.little) : this.view.getUint32(at, this.form.little);
  }

  /** @param {number} at */
  tag(at) {
    return this.number(2, at) * 65536 + this.number(2, at + 2);
  }

  /**
   * Elements up to the end of the data, of their item, or of what is asked for.
   * @param {{within?: number, length?: number, top?: boolean}} which  `within` is a group, `length` that of an item.
   */
  elements({ within, length, top = within !== undefined }) {
    const outer = this.form;
    this.form = { ...outer, implicit: this.implicit(top) };
    /** @type {Map<number, Element>} */
    const found = new Map();
    const start = this.at;
    const form = { ...this.form };
    while (length === undefined || this.at - start < length) {
      if (this.at + 8 > this.bytes.length) {
        this.at = this.bytes.length;
        break;
      }
      const before = this.at;
      const { tag, vr, size } = this.head();
      if (tag === ITEM_END) break;
      if (within !== undefined && tag >>> 16 !== within) {
        this.at = before;
        break;
      }
      const element = this.element(tag, vr, size);
      if (!element) return new Dataset(length === undefined ? new Map() : found, form, this.room); // they end before it does
      this.keep(found, tag, element);
      if (tag === tagOf("SpecificCharacterSet")) form.coding = this.form.coding = codingOf(element.bytes);
    }
    if (!top) this.form = outer;
    return new Dataset(found, form, this.room);
  }

  /**
   * Of a person's or a vendor's own elements nothing is kept.
   * @type {(found: Map<number, Element>, tag: number, element: Element) => void}
   */
  keep(found, tag, element) {
    this.room.take(1);
    if (vrOf(tag)) found.set(tag, element);
  }

  /**
   * Whether elements come without their VR, whatever was said.
   * @param {boolean} top
   */
  implicit(top) {
    const { implicit } = this.form;
    if ((!top && implicit) || this.at + 6 > this.bytes.length) return implicit;
    return [4, 5].some((place) => this.bytes[this.at + place] <= 0x40 || this.bytes[this.at + place] >= 0x5b);
  }

  /** Tag, VR and length of the next element. */
  head() {
    const tag = this.tag(this.at);
    this.at += 8;
    if (this.form.implicit) return { tag, vr: null, size: this.number(4, this.at - 4) };
    const vr = decoded(this.bytes.subarray(this.at - 4, this.at - 2));
    if (LONG.includes(vr)) {
      const size = this.number(4, this.at);
      this.at += 4;
      return { tag, vr, size };
    }
    const isNone = !KNOWN.includes(vr) && !(vr >= "AA" && vr <= "ZZ");
    return isNone ? { tag, vr: null, size: this.number(4, this.at - 4) } : { tag, vr, size: this.number(2, this.at - 2) };
  }

  /**
   * @param {number} tag
   * @param {string | null} vr
   * @param {number} size
   * @returns {Element | null}  Null if it has no end.
   */
  element(tag, vr, size) {
    const { at } = this;
    if (size !== UNDEFINED) {
      this.at = Math.min(at + size, this.bytes.length);
      return { vr, bytes: this.bytes.subarray(at, this.at), endless: false };
    }
    const known = vr && vr !== "UN" ? vr : vr === "UN" ? "SQ" : vrOf(tag);
    if ((known ?? (this.startsSequence() ? "SQ" : "")) === "SQ") {
      return { vr: "SQ", bytes: this.bytes.subarray(at, at), items: this.sequence(null), endless: true };
    }
    const end = this.endOfItems() ?? this.endMark();
    if (end === null) return null;
    this.at = end + 8;
    return { vr, bytes: this.bytes.subarray(at, end), endless: true };
  }

  startsSequence() {
    return this.at + 4 <= this.bytes.length && [ITEM, SEQUENCE_END].includes(this.tag(this.at));
  }

  /**
   * The items of a sequence.
   * @param {number | null} length
   */
  sequence(length) {
    const start = this.at;
    const items = [];
    while (length === null || this.at - start < length) {
      const [tag, size] = [this.tag(this.at), this.number(4, this.at + 4)];
      this.at += 8;
      if (tag === SEQUENCE_END) break;
      this.room.take(ITEM_WEIGHT);
      items.push(this.elements(size === UNDEFINED ? {} : { length: size }));
    }
    return items;
  }

  /** Where the items of encapsulated pixels end; null if they are none, or do not. */
  endOfItems() {
    let { at } = this;
    while (at + 4 <= this.bytes.length) {
      const tag = this.tag(at);
      if (tag === SEQUENCE_END) return at;
      if (tag !== ITEM || at + 8 > this.bytes.length) return null;
      at += 8 + this.number(4, at + 4);
    }
    return null;
  }

  /** Where the first mark lies that ends a sequence. */
  endMark() {
    for (let { at } = this; at + 4 <= this.bytes.length; at++) if (this.tag(at) === SEQUENCE_END) return at;
    return null;
  }
}

/** @param {Uint8Array} said  The specific character set. */
function codingOf(said) {
  return decoded(said).includes("ISO_IR 192") ? "utf-8" : "";
}
