/* The outlines of a class over one another: everybody's comes as a code, in the address or pasted. */

import { find, say } from "./dom.js";
import { decode, encode, fingerprint } from "./outline.js";
import { diceBetween, shownScore } from "./scores.js";

/** @typedef {import("./engine/port.js").Opened} Opened */

const MOST = 200; // outlines
const CODE = /[\w-]{8,}/g;

export class ClassOutlines {
  /**
   * @param {HTMLElement} root  The `.class` of the tab Draw.
   * @param {import("./address.js").Address} address
   * @param {(masks: Uint8Array[]) => void} lay  Lays masks over the slice.
   */
  constructor(root, address, lay) {
    this.root = root;
    this.address = address;
    this.lay = lay;
    /** @type {Opened | null} */
    this.opened = null;
    this.print = 0;
    this.code = "";
    this.field = find(root, "textarea.codes", HTMLTextAreaElement);
    this.field.value = address.get("outlines")?.split(".").join("\n") ?? "";
    find(root, ".copy-link").addEventListener("click", () => this.copy());
    find(root, ".lay").addEventListener("click", () => this.show());
  }

  /**
   * @param {Opened} opened
   * @param {Uint8Array} mask  What is drawn on it.
   */
  follow(opened, mask) {
    if (opened !== this.opened) {
      this.opened = opened;
      this.print = fingerprint(opened.slice);
      say(find(this.root, ".class-says"), "");
    }
    this.code = mask.some(Boolean) ? encode(mask, this.print) : "";
    find(this.root, ".copy-link", HTMLButtonElement).disabled = !this.code;
    find(this.root, "textarea.code", HTMLTextAreaElement).value = this.code && this.link;
    find(this.root, ".copied").textContent = "";
  }

  /** A link that carries the outline; of a slice of one's own the code alone, as no address holds such a slice. */
  get link() {
    const example = this.opened?.example ?? null;
    return example ? this.address.with({ tab: "draw", lesson: null, case: example, outlines: this.code }) : this.code;
  }

  /** Whether the address brings outlines. */
  get brought() {
    return Boolean(this.field.value);
  }

  async copy() {
    try {
      await navigator.clipboard.writeText(this.link);
      find(this.root, ".copied").textContent = "Copied.";
    } catch { // an embedding page may forbid it
      find(this.root, ".copied").textContent = "This browser does not let the page copy: mark the text below and copy it.";
    }
  }

  /** Lay what is in the field over the slice; a link counts for the outlines that it carries. */
  show() {
    if (!this.opened) return;
    const { slice, mask } = this.opened;
    const codes = [...new Set(codesIn(this.field.value))];
    const found = codes.slice(0, MOST).map((code) => decode(code, slice.length, this.print));
    const masks = found.filter((one) => one instanceof Uint8Array);
    const kept = codes.filter((_, i) => found[i] instanceof Uint8Array);
    this.lay(masks);
    const [others, broken] = ["other slice", "unreadable"].map((what) => found.filter((one) => one === what).length);
    say(find(this.root, ".class-says"), [
      told(masks, mask),
      others && `${counted(others)} of another slice: left out.`,
      broken && `${counted(broken)} that cannot be read: left out; was the link copied to its end?`,
      codes.length > MOST && `Only the first ${MOST} are shown.`,
    ].filter(Boolean).join(" "));
    this.address.set({ outlines: kept.length ? kept.join(".") : null });
  }
}

/**
 * The codes in what somebody pasted: links, or bare codes.
 * @param {string} text
 */
function codesIn(text) {
  return text.split(/[\s,;]+/).filter(Boolean).flatMap((piece) => {
    const carried = /[?&]outlines=([^&#]*)/.exec(piece);
    return (carried ? decodeURIComponent(carried[1]) : piece).match(CODE) ?? [piece];
  });
}

/**
 * @param {Uint8Array[]} masks
 * @param {Uint8Array | null} truth
 */
function told(masks, truth) {
  if (!masks.length) return "There is no outline of this slice yet: paste links or codes, one below the other.";
  const between = masks.flatMap((a, i) => masks.slice(i + 1).map((b) => diceBetween(a, b)));
  const among = between.length ? ` Dice with one another: ${spread(between)}.` : "";
  const scored = truth ? ` Dice with the mask: ${spread(masks.map((mask) => diceBetween(mask, truth)))}.` : "";
  return `${counted(masks.length)} on this slice.${among}${scored}`;
}

/** @param {number} count */
const counted = (count) => `${count} ${count === 1 ? "outline" : "outlines"}`;

/** @param {number[]} values */
function spread(values) {
  const known = values.filter((value) => !Number.isNaN(value));
  if (!known.length) return "n/a";
  if (known.length === 1) return shownScore(known[0]);
  const mean = known.reduce((sum, value) => sum + value, 0) / known.length;
  return `${shownScore(mean)} on average, ${shownScore(Math.min(...known))} to ${shownScore(Math.max(...known))}`;
}
