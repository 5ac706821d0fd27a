/* What Dice is this? Outlines of the network at several thresholds, beside the mask. */

import { atOrAbove } from "../pixels.js";
import { scoresOf } from "../scores.js";
import { Guess } from "./gestures.js";
import { markOf } from "./lesson.js";
import { Picture, fieldAround } from "./picture.js";

/** What Dice to look for among the thresholds of a slice, above or below the best one. @type {[number, "high" | "low"][]} */
const SOUGHT = [[0.8, "high"], [0.5, "low"], [0.9, "low"], [0.3, "high"], [0.65, "low"]];

/** @type {import("./lesson.js").Lesson} */
export default {
  name: "dice",
  title: () => "What Dice is this?",
  about: "Two outlines on a slice. Put a number on how well they agree.",
  works: ({ slices }) => slices.length > 0,
  steps: (tools) => {
    const { slices } = tools.needs;
    return SOUGHT.map(([dice, side], i) => guess(tools, slices[i % slices.length], dice, side));
  },
  further: () => [{ words: "Drag two shapes until the Dice is what you want: tab Dice", to: { tab: "dice" } }],
};

/**
 * @param {import("./lesson.js").Tools} tools
 * @param {string} name
 * @param {number} sought
 * @param {"high" | "low"} side
 * @returns {import("./lesson.js").Step}
 */
function guess({ open }, name, sought, side) {
  /** @type {Guess} */
  let given;
  /** @type {[number, number, number]} */
  let counts;
  return {
    question: "How large is the Dice of these two outlines?",
    hint: "1 is exact, 0 no overlap. Orange is the mask, blue a prediction.",
    async show(place) {
      const opened = await open(name);
      const table = opened.table ?? [];
      const level = levelNear(table, sought, side);
      counts = table[level];
      const predicted = atOrAbove(opened.probability, level);
      const picture = new Picture(place.scene, opened, fieldAround(opened, [opened.mask, predicted]));
      picture.paint({ mask: opened.mask, unet: predicted });
      given = new Guess(place, "Dice", { most: 1, step: 0.01, start: 0.5, text: (value) => value.toFixed(2) });
    },
    answer() {
      given.settle();
      const [tp, fp, fn] = counts;
      const { dice } = scoresOf(tp, fp, fn);
      const whole = (/** @type {number} */ count) => count.toLocaleString("en");
      return {
        mark: markOf(Math.abs(given.value - dice), 0.05, 0.15), yours: given.value.toFixed(2), truth: dice.toFixed(2),
        says: `${dice.toFixed(2)}: ${whole(tp)} pixels are in both, ${whole(fp)} extra, ${whole(fn)} missed, `
          + `so 2 × ${whole(tp)} / (2 × ${whole(tp)} + ${whole(fp)} + ${whole(fn)}).`,
      };
    },
  };
}

/**
 * The threshold whose Dice is nearest to one that is sought, above the best threshold or below it.
 * @param {[number, number, number][]} table
 * @param {number} sought
 * @param {"high" | "low"} side
 */
export function levelNear(table, sought, side) {
  const dice = table.map((row) => scoresOf(...row).dice || 0);
  const best = dice.indexOf(Math.max(...dice));
  const levels = dice.map((_, level) => level).filter((level) => (side === "high" ? level >= best : level <= best));
  return levels.reduce((a, b) => (Math.abs(dice[b] - sought) < Math.abs(dice[a] - sought) ? b : a));
}
