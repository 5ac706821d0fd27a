/* Draw against the U-Net: a mask of one's own on the open slice, its Dice beside the network's, all three over one another.

   The network counts from the page's threshold on. Nothing of mask or prediction is seen before the comparison; slices are
   chosen here, so that no other tab gives the answer away. */

import { ClassOutlines } from "./class.js";
import { backInView, find } from "./dom.js";
import { Gallery } from "./gallery.js";
import { Pad } from "./pad.js";
import { Places } from "./places.js";
import { PREDICTION, REFERENCE, atOrAbove } from "./pixels.js";
import { countPixels, counted, putScore, scoresOf } from "./scores.js";

/** @typedef {import("./engine/port.js").Opened} Opened */

export default class DrawTab {
  /**
   * @param {HTMLElement} root
   * @param {import("./page.js").Page} page
   * @param {{target: string, place: string, unit: string}} data  The organ; a sentence on where it lies, empty if not
   *   known; the unit of the slice's values.
   */
  constructor(root, page, { target, place, unit }) {
    const { store, desk, address, examples } = page;
    this.root = root;
    this.place = place;
    this.store = store;
    find(root, ".which").textContent = `Where is the ${target}?`;
    this.form = find(root, "form", HTMLFormElement);
    this.form.addEventListener("submit", (event) => event.preventDefault());
    this.places = new Places(root, page);
    this.class = new ClassOutlines(find(root, ".class"), address, (masks) => this.showClass(masks));
    this.pad = new Pad(root, page, unit, { onChange: () => this.changed(), onStep: (step) => this.places.step(step) });
    this.gallery = new Gallery(find(root, ".examples"), examples, (name) => desk.openExample(name));
    this.listenToFiles(desk);
    find(root, ".compare").addEventListener("click", () => this.setCompared(true));
    store.subscribe(["opened"], ({ opened }) => opened && this.show(opened));
    store.subscribe(["level"], () => this.hasOutcome && this.setCompared(true));
    desk.begin();
  }

  /** @param {Opened} opened */
  show(opened) {
    this.form.classList.toggle("has-mask", Boolean(opened.mask));
    this.pad.show(opened);
    this.gallery.mark(opened.example);
    this.form.dataset.shown = opened.name;
    if (!this.class.brought) return;
    find(this.root, ".class", HTMLDetailsElement).open = true;
    this.class.show();
  }

  changed() {
    if (!this.pad?.opened) return;
    find(this.root, ".compare", HTMLButtonElement).disabled = !this.pad.some;
    this.form.classList.remove("is-compared", "is-class");
    this.class.follow(this.pad.opened, this.pad.ink.mask);
  }

  get hasOutcome() {
    return this.form.classList.contains("is-compared");
  }

  /** @param {boolean} on */
  setCompared(on) {
    this.form.classList.toggle("is-compared", on);
    const { opened } = this.pad;
    if (!on || !opened) return;
    this.pad.compare([[this.predicted, PREDICTION], [opened.mask, REFERENCE]]);
    this.showOutcome();
    if (matchMedia("(pointer: coarse)").matches) this.pad.setTool("move"); // so that a finger that scrolls draws nothing
  }

  /** @param {Uint8Array[]} masks */
  showClass(masks) {
    this.form.classList.remove("is-compared");
    this.form.classList.toggle("is-class", masks.length > 0);
    this.pad.agree(masks);
    backInView(this.pad.stage.element);
    find(this.root, ".compare", HTMLButtonElement).disabled = !masks.length && !this.pad.some;
  }

  /** @returns {Uint8Array} */
  get predicted() {
    return this.pad.opened ? atOrAbove(this.pad.opened.probability, this.store.state.level) : new Uint8Array();
  }

  showOutcome() {
    const truth = this.pad.opened?.mask;
    const { mask: yours } = this.pad.ink;
    const dice = Object.entries({ yours, unet: this.predicted }).map(([who, mask]) => {
      find(this.root, `[data-${who}=area]`).textContent = counted(mask).toLocaleString("en");
      if (!truth) return NaN;
      const { tp, fp, fn } = countPixels(mask, truth);
      const { iou, ...scores } = scoresOf(tp, fp, fn);
      for (const [name, value] of Object.entries(scores)) putScore(find(this.root, `[data-${who}=${name}]`), value);
      return scores.dice;
    });
    find(this.root, ".at").textContent = `at threshold ${(this.store.state.level / 255).toFixed(2)}`;
    find(this.root, ".verdict").textContent = this.pad.some ? this.verdict(dice[0], dice[1]) : "Your own drawing is empty.";
  }

  /**
   * @param {number} yours
   * @param {number} unet
   */
  verdict(yours, unet) {
    return this.pad.opened?.mask
      ? verdict(yours, unet, this.place)
      : "This slice has no mask, so neither drawing can be scored.";
  }

  /** @param {import("./desk.js").Desk} desk */
  listenToFiles(desk) {
    const input = find(this.root, ".file input", HTMLInputElement);
    input.addEventListener("change", () => {
      const files = [...(input.files ?? [])];
      input.value = ""; // the same file can be given again
      if (files.length) desk.openSlice(files);
    });
  }
}

/**
 * @param {number} yours
 * @param {number} unet
 * @param {string} place  Where the organ lies, in a sentence; empty if not known.
 */
function verdict(yours, unet, place) {
  if (Number.isNaN(yours)) return "The mask is empty and so is your drawing: there is no Dice.";
  if (yours > unet) return "You are closer to the mask than the U-Net.";
  if (yours === unet) return "A draw.";
  return yours === 0
    ? `No overlap with the mask. ${place ? `${place}: t` : "T"}ry again.`
    : "The U-Net is closer to the mask. Look where your outline differs from it.";
}
