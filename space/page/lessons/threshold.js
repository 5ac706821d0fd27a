/* Which threshold? One by eye for each slice, then one for all. */

import { LineChart } from "../chart.js";
import { made } from "../dom.js";
import { atOrAbove } from "../pixels.js";
import { counted, scoresOf } from "../scores.js";
import { Guess } from "./gestures.js";
import { markOf } from "./lesson.js";
import { Picture, fieldAround } from "./picture.js";

/** @typedef {import("./lesson.js").Opened} Opened */

const SLICES = 4;
const shown = (/** @type {number} */ level) => (level / 255).toFixed(2);

/** @type {import("./lesson.js").Lesson} */
export default {
  name: "threshold",
  title: () => "Which threshold?",
  about: "Choose it by eye, without the mask. Then choose one for all slices.",
  works: ({ slices }) => slices.length > 0,
  steps: (tools) => {
    const slices = tools.needs.slices.slice(0, SLICES);
    return [...slices.map((name) => byEye(tools, name)), forAll(tools, slices)];
  },
  further: () => [{ words: "Dice over the threshold on the test subjects: tab Results", to: { tab: "results" } }],
};

/**
 * @param {import("./lesson.js").Tools} tools
 * @param {string} name
 * @returns {import("./lesson.js").Step}
 */
function byEye({ open, needs }, name) {
  /** @type {Guess} */
  let given;
  /** @type {Opened} */
  let opened;
  /** @type {Picture} */
  let picture;
  /** @type {HTMLElement} */
  let scene;
  return {
    question: `Which threshold fits the ${needs.target} best?`,
    hint: "Move it and look. The mask stays hidden, as it is with a new patient.",
    async show(place) {
      opened = await open(name);
      scene = place.scene;
      picture = new Picture(scene, opened, fieldAround(opened, [opened.mask, atOrAbove(opened.probability, 64)]));
      given = new Guess(place, "Threshold", {
        most: 255, step: 1, start: 128, text: shown,
        aloud: (level) => `${shown(level)}, ${counted(atOrAbove(opened.probability, level))} pixels marked`,
        onMove: (level) => picture.paint({ unet: atOrAbove(opened.probability, level) }),
      });
    },
    answer() {
      given.settle();
      picture.paint({ unet: atOrAbove(opened.probability, given.value), mask: opened.mask });
      const dice = diceByLevel(opened);
      const best = Math.max(...dice);
      const at = dice.indexOf(best);
      plot(scene, "Dice over the threshold", dice, given.value);
      return {
        mark: markOf(best - dice[given.value], 0.01, 0.05),
        yours: `${shown(given.value)}, Dice ${dice[given.value].toFixed(3)}`, truth: `${shown(at)}, Dice ${best.toFixed(3)}`,
        says: `Your ${shown(given.value)} has a Dice of ${dice[given.value].toFixed(3)}. The best would be `
          + `${best.toFixed(3)} at ${shown(at)}; the model's own ${shown(needs.level)} has ${dice[needs.level].toFixed(3)}.`,
      };
    },
  };
}

/**
 * @param {import("./lesson.js").Tools} tools
 * @param {string[]} names
 * @returns {import("./lesson.js").Step}
 */
function forAll({ open, needs }, names) {
  /** @type {Guess} */
  let given;
  /** @type {Opened[]} */
  let all;
  /** @type {Picture[]} */
  let pictures;
  /** @type {HTMLElement} */
  let scene;
  return {
    question: "A new patient comes without a mask. Which one threshold would you set for everybody?",
    hint: "Think of the slices that you have seen.",
    async show(place) {
      all = await Promise.all(names.map(open));
      scene = place.scene;
      const cells = all.map(() => made("div"));
      pictures = all.map((opened, i) => new Picture(cells[i], opened, fieldAround(opened, [opened.mask])));
      scene.replaceChildren(made("div", { class: "four" }, ...cells));
      given = new Guess(place, "Threshold", {
        most: 255, step: 1, start: 128, text: shown,
        onMove: (level) => {
          for (const picture of pictures) picture.paint({ unet: atOrAbove(picture.opened.probability, level) });
        },
      });
    },
    answer() {
      given.settle();
      for (const picture of pictures) {
        const { probability, mask } = picture.opened;
        picture.paint({ unet: atOrAbove(probability, given.value), mask });
      }
      const each = all.map(diceByLevel);
      const mean = each[0].map((_, level) => each.reduce((sum, dice) => sum + dice[level], 0) / each.length);
      const best = Math.max(...mean);
      const at = mean.indexOf(best);
      plot(scene, "Mean Dice over the threshold", mean, given.value);
      return {
        mark: markOf(best - mean[given.value], 0.01, 0.05),
        yours: `${shown(given.value)}, Dice ${mean[given.value].toFixed(3)}`, truth: `${shown(at)}, Dice ${best.toFixed(3)}`,
        says: `Over these slices your ${shown(given.value)} has a mean Dice of ${mean[given.value].toFixed(3)}; the best, `
          + `${best.toFixed(3)}, is at ${shown(at)}. It was found on the very slices that it is judged on: an honest `
          + `threshold is chosen on other people's slices. The model's own is ${shown(needs.level)}.`,
      };
    },
  };
}

/** @param {Opened} opened */
const diceByLevel = ({ table }) => (table ?? []).map((row) => scoresOf(...row).dice || 0);

/**
 * @param {HTMLElement} scene
 * @param {string} label
 * @param {number[]} dice
 * @param {number} level
 */
function plot(scene, label, dice, level) {
  const place = scene.appendChild(made("div", { class: "plot" }));
  const chart = new LineChart(place, {
    label,
    x: { from: 0, to: 1, label: "threshold", ticks: [0, 0.25, 0.5, 0.75, 1] },
    y: { from: 0, to: 1, label: "Dice", ticks: [0, 0.5, 1] },
  });
  chart.draw([{ name: "Dice", line: 1, points: dice.map((value, at) => [at / 255, value]) }]);
  chart.mark(level / 255, `yours: ${shown(level)}`, dice[level]);
}
