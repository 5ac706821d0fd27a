/* Which slice: the examples, a slice of one's own with its mask, and what can be saved of the answer. */

import { backInView, find, findAll, made, say } from "./dom.js";
import { Refused } from "./engine/port.js";
import { Gallery } from "./gallery.js";
import { atOrAbove, overlaid } from "./pixels.js";
import { pngOf } from "./png.js";
import { inverse, turned } from "./turns.js";

/**
 * @typedef {import("./engine/port.js").Opened} Opened
 * @typedef {import("./engine/port.js").Kind} Kind
 */

export default class Cases {
  /**
   * @param {HTMLElement} root
   * @param {import("./page.js").Page} page
   * @param {{origin: string, modality: string, organ: string}} data
   */
  constructor(root, page, { origin, modality, organ }) {
    this.root = root;
    this.page = page;
    this.store = page.store;
    this.organ = organ;
    this.taking = "";
    const { desk, store } = page;
    find(root, "form").addEventListener("submit", (event) => event.preventDefault());
    find(root, ".origin").textContent = origin;
    for (const place of findAll(root, ".modality")) place.textContent = modality;
    this.gallery = new Gallery(find(root, ".examples"), page.examples, (name) => desk.openExample(name));
    this.listenToFiles("#slice-file", (files) => desk.openSlice(files));
    this.listenToFiles("#mask-file", (files) => desk.openMask(files));
    find(root, ".no-mask").addEventListener("click", () => desk.removeMask());
    for (const button of findAll(root, "[data-save]", HTMLButtonElement)) {
      button.addEventListener("click", () => this.save(button.value));
    }
    for (const button of findAll(root, "[data-home]", HTMLButtonElement)) {
      button.addEventListener("click", () => this.takeHome(/** @type {Kind} */ (button.value)));
    }
    store.subscribe(["opened"], ({ opened }) => this.show(opened));
  }

  /** @param {Opened | null} opened */
  show(opened) {
    this.gallery.mark(opened?.example ?? null);
    for (const button of findAll(this.root, "[data-save]", HTMLButtonElement)) button.disabled = !opened;
    this.setTaking(this.taking);
    say(find(this.root, ".home-wrong"), "");
    find(this.root, "form").classList.toggle("is-volume", Boolean(opened && opened.places > 1));
    find(this.root, "#slice-file .name").textContent = opened ? nameOf(opened.source.slice, opened) : "";
    const mask = opened?.mask ? opened.source.mask : null;
    find(this.root, "#mask-file .name").textContent = mask && opened ? nameOf(mask, opened) : "none";
    find(this.root, ".no-mask").hidden = !mask;
  }

  /**
   * @param {string} selector
   * @param {(files: File[]) => Promise<void> | void} take
   */
  listenToFiles(selector, take) {
    const input = find(this.root, `${selector} input`, HTMLInputElement);
    input.addEventListener("change", async () => {
      const files = [...(input.files ?? [])];
      input.value = ""; // the same file can be given again
      if (!files.length) return;
      await take(files);
      backInView(this.page.root);
    });
  }

  /** @param {string} kind  'predicted-mask', 'overlay' or 'probability'. */
  async save(kind) {
    const { opened, level } = this.store.state;
    if (!opened) return;
    const { pixels, width, height } = asGiven(pixelsOf(kind, opened, level), opened);
    save(await pngOf(pixels, width, height), `${opened.name}-${this.organ}-${kind}.png`);
  }

  /**
   * What the server makes of the whole case; it segments what is missing first.
   * @param {Kind} kind
   */
  async takeHome(kind) {
    const { opened, level } = this.store.state;
    if (!opened) return;
    this.setTaking(opened.places > 1 ? `All ${opened.places} slices are being put together.` : "It is on its way.");
    say(find(this.root, ".home-wrong"), "");
    try {
      const { name, bytes } = await this.page.engine.takeHome(opened.source, level, kind);
      save(new Blob([new Uint8Array(bytes)]), name);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      say(find(this.root, ".home-wrong"), error.message);
    } finally {
      this.setTaking("");
    }
  }

  /** @param {string} sentence  What is being made to be taken home; empty if nothing. */
  setTaking(sentence) {
    this.taking = sentence;
    find(this.root, ".home-says").textContent = sentence;
    const disabled = Boolean(sentence) || !this.store.state.opened;
    for (const button of findAll(this.root, "[data-home]", HTMLButtonElement)) button.disabled = disabled;
  }
}

/**
 * Give a file to the person.
 * @param {Blob} file
 * @param {string} name
 */
function save(file, name) {
  const link = made("a", { href: URL.createObjectURL(file), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000); // a browser may ask first where to put it
}

/**
 * Pixels of a slice as its file has them, however they were turned on the page.
 * @param {Uint8Array} pixels
 * @param {Opened} opened
 */
function asGiven(pixels, { width, height, source }) {
  return turned(pixels, width, height, inverse(source.turn));
}

/**
 * @param {string} kind
 * @param {Opened} opened
 * @param {number} level
 */
function pixelsOf(kind, { slice, probability, mask, width, height }, level) {
  if (kind === "probability") return probability;
  const predicted = atOrAbove(probability, level);
  return kind === "predicted-mask" ? predicted : overlaid(slice, predicted, mask, width, height);
}

/**
 * What to call a file: by its own name if it is a picture; the name of a DICOM or NIfTI file often tells who the patient is.
 * @param {import("./engine/port.js").Piece} piece
 * @param {Opened} opened
 */
function nameOf(piece, { reading, example }) {
  if (!Array.isArray(piece)) return "example" in piece ? piece.example : piece.real;
  if (piece.length > 1) return `${piece.length} files`;
  return reading || example !== null ? piece[0].name : "one file";
}
