/* Which of the networks made this outline? */

import { atOrAbove } from "../pixels.js";
import { scoresOf, shownScore } from "../scores.js";
import { Choice } from "./gestures.js";
import { Picture, fieldAround } from "./picture.js";

const STEPS = 5;

/** @type {import("./lesson.js").Lesson} */
export default {
  name: "networks",
  title: () => "Who made this?",
  about: "Several networks, one outline: which of them drew it?",
  works: ({ slices, networks }) => slices.length > 0 && networks.length > 1,
  steps: (tools) => Array.from({ length: STEPS }, (_, i) => (
    which(tools, tools.needs.slices[i % tools.needs.slices.length], (2 * i + 1) % tools.needs.networks.length))),
  further: () => [{ words: "See what each network computes: tab Inside", to: { tab: "inside" } }],
};

/**
 * @param {import("./lesson.js").Tools} tools
 * @param {string} name
 * @param {number} secret  Which network; the same for everybody, so that a class can vote.
 * @returns {import("./lesson.js").Step}
 */
function which({ needs, page, open }, name, secret) {
  const { networks, level } = needs;
  /** @type {Choice} */
  let choice;
  /** @type {Record<string, string>} */
  let scores = {};
  return {
    question: "Which network made this outline?",
    hint: "Orange is the mask, blue the outline.",
    async show(place) {
      const opened = await open(name);
      /** @type {Record<string, Pick<import("./lesson.js").Opened, "probability" | "table">>} */
      const found = { ...await page.engine.compare(opened.source), "": opened };
      const predicted = networks.map((network) => atOrAbove(found[network.name].probability, level));
      new Picture(place.scene, opened, fieldAround(opened, [opened.mask, ...predicted]))
        .paint({ mask: opened.mask, unet: predicted[secret] });
      scores = Object.fromEntries(networks.map((network) => {
        const row = found[network.name].table?.[level];
        return [network.title, row ? shownScore(scoresOf(...row).dice) : "n/a"];
      }));
      choice = new Choice(place, "Network", networks.map(({ title, facts }) => ({ words: title, more: facts })));
    },
    answer() {
      const all = Object.entries(scores).map(([title, dice]) => `${title}: ${dice}`).join("; ");
      return { ...choice.settle(secret), says: `It was: ${networks[secret].title}. Dice on this slice: ${all}.` };
    },
  };
}
