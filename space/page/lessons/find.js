/* Find the organ: draw, then the mask, then the U-Net, on three slices. */

import { made } from "../dom.js";
import { encode, fingerprint } from "../outline.js";
import { Pad } from "../pad.js";
import { REFERENCE, atOrAbove } from "../pixels.js";
import { diceBetween, shownScore } from "../scores.js";
import { Store } from "../store.js";
import { Choice } from "./gestures.js";
import { markOf } from "./lesson.js";
import { Picture, fieldAround } from "./picture.js";

/**
 * @typedef {import("./lesson.js").Tools} Tools
 * @typedef {import("./lesson.js").Step} Step
 * @typedef {import("../engine/port.js").Opened} Opened
 * @typedef {{name: string, opened: Opened | null, mask: Uint8Array | null}} Drawn  A slice, and what the learner drew on it.
 */

const SLICES = 3;

/** @type {Drawn[]} */
let drawn = []; // in the lesson under way

/** @type {import("./lesson.js").Lesson} */
export default {
  name: "find",
  title: ({ target }) => `Find the ${target}`,
  about: "Trace it yourself. Then see the mask, then bet on the U-Net.",
  works: ({ slices }) => slices.length > 0,
  steps(tools) {
    const { slices } = tools.needs;
    const count = Math.min(SLICES, slices.length);
    const places = Array.from({ length: count }, (_, i) => Math.round((i * (slices.length - 1)) / Math.max(1, count - 1)));
    drawn = places.map((place) => ({ name: slices[place], opened: null, mask: null }));
    return drawn.flatMap((one) => [trace(tools, one), bet(tools, one)]);
  },
  further: () => drawn.flatMap(({ name, opened, mask }) => (opened && mask ? [{
    words: `A link with your outline of ${name}: collect those of a class and lay them over one another`,
    to: { tab: "draw", case: name, outlines: encode(mask, fingerprint(opened.slice)) },
  }] : [])),
};

/**
 * @param {Tools} tools
 * @param {Drawn} one
 * @returns {Step}
 */
function trace({ needs, page, open }, one) {
  /** @type {Pad} */
  let pad;
  return {
    question: `Where is the ${needs.target}?`,
    hint: "Trace its outline on the slice.",
    async show({ form, scene, control, ready }) {
      const opened = await open(one.name);
      one.opened = opened;
      scene.replaceChildren(made("div", { class: "pad" }));
      control.append(made("div", { class: "inks" }));
      pad = new Pad(form, { ...page, store: new Store(needs.level) }, needs.unit, { onChange: () => ready(pad?.some) });
      pad.show(opened);
    },
    answer() {
      const { mask } = pad.ink;
      one.mask = mask;
      const truth = /** @type {Uint8Array} */ (one.opened?.mask);
      pad.lock(true);
      pad.compare([[truth, REFERENCE]]);
      const dice = diceBetween(mask, truth);
      return {
        mark: markOf(1 - dice, 0.25, 0.5), yours: `Dice ${shownScore(dice)}`, truth: "",
        says: `Your outline has a Dice of ${shownScore(dice)} with the mask, now in orange.`
          + (dice ? "" : " They share no pixel."),
      };
    },
  };
}

/**
 * @param {Tools} tools
 * @param {Drawn} one
 * @returns {Step}
 */
function bet({ needs, open }, one) {
  /** @type {Choice} */
  let choice;
  /** @type {Picture} */
  let picture;
  /** @type {{opened: Opened, predicted: Uint8Array, mine: Uint8Array}} */
  let known;
  return {
    question: "The U-Net has seen the same slice. Who is closer to the mask?",
    hint: "Orange is the mask, yellow your own outline.",
    async show(place) {
      const opened = await open(one.name);
      const mine = one.mask ?? new Uint8Array(opened.slice.length); // who came here by a link has drawn nothing
      known = { opened, mine, predicted: atOrAbove(opened.probability, needs.level) };
      picture = new Picture(place.scene, opened, fieldAround(opened, [opened.mask, mine, known.predicted]));
      picture.paint({ mask: opened.mask, you: mine });
      choice = new Choice(place, "Who is closer", [{ words: "The U-Net is closer" }, { words: "I am closer" }]);
    },
    answer() {
      const { opened, mine, predicted } = known;
      picture.paint({ mask: opened.mask, you: mine, unet: predicted });
      const truth = /** @type {Uint8Array} */ (opened.mask);
      const [yours, its] = [mine, predicted].map((mask) => diceBetween(mask, truth));
      return {
        ...choice.settle(yours > its ? 1 : 0),
        says: `Dice with the mask: you ${shownScore(yours)}, the U-Net ${shownScore(its)}. Its outline is blue.`,
      };
    },
  };
}
