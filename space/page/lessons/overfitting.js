/* Which curve overfits? The curves of two real trainings. */

import { LineChart } from "../chart.js";
import { made } from "../dom.js";
import { Choice, Guess } from "./gestures.js";
import { markOf } from "./lesson.js";

/**
 * @typedef {import("./lesson.js").Curves} Curves
 * @typedef {import("./lesson.js").Step} Step
 * @typedef {import("./lesson.js").Place} Place
 */

/** @type {import("./lesson.js").Lesson} */
export default {
  name: "overfitting",
  title: () => "Which curve overfits?",
  about: "Curves of two real trainings. Read them before you are told.",
  works: ({ runs }) => runs.length > 1,
  steps: ({ needs: { runs: [run, other] } }) => [whose(run), overfits([run, other]), keep(other), gap(other), remedy(other)],
  further: () => [
    { words: "Both trainings with their settings: tab Training", to: { tab: "learned" } },
    { words: "Make a network overfit yourself: tab Playground", to: { tab: "playground" } },
  ],
};

/**
 * Which of two nameless curves is which.
 * @param {Curves} run
 * @returns {Step}
 */
function whose(run) {
  /** @type {Choice} */
  let choice;
  /** @type {HTMLElement} */
  let scene;
  return {
    question: "One curve is counted on slices that the network learns from, one on people whom it never sees. Which is "
      + "which?",
    hint: "Dice over the epochs; an epoch is one pass through all training slices.",
    show(place) {
      scene = place.scene;
      plot(scene, run, ["A", "B"]);
      choice = new Choice(place, "Curves", [
        { words: "A is training, B is validation" }, { words: "A is validation, B is training" },
      ]);
    },
    answer() {
      plot(scene, run, ["training", "validation"]);
      const [at, of] = [lastOf(run.training), lastOf(run.validation)];
      return {
        ...choice.settle(0),
        says: `A is training: at the last epoch its Dice is ${at.toFixed(3)}, that of validation ${of.toFixed(3)}. Which `
          + "lies above is no proof: where training slices are changed at random, or counted in another way, it can be "
          + "either. "
          + "What tells is whether one still rises while the other does not.",
      };
    },
  };
}

/**
 * @param {Curves[]} runs
 * @returns {Step}
 */
function overfits(runs) {
  /** @type {Choice} */
  let choice;
  return {
    question: "Which of the two trainings overfits?",
    hint: "Overfitting: what is learned by heart helps on the training slices, and on nobody else's.",
    show(place) {
      place.scene.replaceChildren();
      for (const [i, letter] of ["Training 1", "Training 2"].entries()) {
        const box = place.scene.appendChild(made("div"));
        box.append(made("h3", {}, letter));
        plot(box.appendChild(made("div")), runs[i], ["training", "validation"]);
      }
      choice = new Choice(place, "Training", ["Training 1", "Training 2", "Both", "Neither"].map((words) => ({ words })));
    },
    answer() {
      const gaps = runs.map(({ training, validation }) => (lastOf(training) - lastOf(validation)).toFixed(2));
      return {
        ...choice.settle(1),
        says: "Training 2: its training Dice keeps rising while validation stands still. At the end training is "
          + `${gaps[1]} above validation; in Training 1 the difference is ${gaps[0]}.`,
      };
    },
  };
}

/**
 * @param {Curves} run
 * @returns {Step}
 */
function keep(run) {
  /** @type {Guess} */
  let given;
  /** @type {LineChart} */
  let chart;
  const points = known(run.validation);
  const [first, last] = [points[0][0], points[points.length - 1][0]];
  const best = points.reduce((a, b) => (b[1] > a[1] ? b : a));
  /** @param {number} epoch */
  const at = (epoch) => points.reduce((a, b) => (Math.abs(b[0] - epoch) < Math.abs(a[0] - epoch) ? b : a));
  return {
    question: "After which epoch would you keep the weights of this training?",
    hint: "Move the slider, or drag along the chart.",
    show(place) {
      chart = plot(place.scene, run, ["training", "validation"], (epoch) => {
        given.set(Math.round(epoch));
        place.ready(true);
      });
      given = new Guess(place, "Epoch", {
        most: last, step: 1, start: Math.round((first + last) / 2), text: (epoch) => `epoch ${epoch}`,
        onMove: (epoch) => chart.mark(epoch, "", at(epoch)[1]),
      });
    },
    answer() {
      given.settle();
      const mine = at(given.value);
      return {
        mark: markOf(best[1] - mine[1], 0.01, 0.03), yours: `epoch ${mine[0]}`, truth: `epoch ${best[0]}`,
        says: `Validation Dice was highest after epoch ${best[0]}: ${best[1].toFixed(3)}. After your epoch ${mine[0]} it `
          + `was ${mine[1].toFixed(3)}. Training Dice cannot tell you: it goes on rising.`,
      };
    },
  };
}

/**
 * @param {Curves} run
 * @returns {Step}
 */
function gap(run) {
  /** @type {Guess} */
  let given;
  /** @type {HTMLElement} */
  let scene;
  const [at, of] = [lastOf(run.training), lastOf(run.validation)];
  return {
    question: "A paper shows this curve alone. How high is the Dice on new people at its end?",
    hint: "Only the training curve is drawn.",
    show(place) {
      scene = place.scene;
      plot(scene, { ...run, validation: [] }, ["training"]);
      given = new Guess(place, "Validation Dice", { most: 1, step: 0.01, start: 0.5, text: (value) => value.toFixed(2) });
    },
    answer() {
      given.settle();
      plot(scene, run, ["training", "validation"]);
      return {
        mark: markOf(Math.abs(given.value - of), 0.05, 0.15), yours: given.value.toFixed(2), truth: of.toFixed(2),
        says: `${of.toFixed(2)}, beside ${at.toFixed(2)} in training. The training curve alone does not say: a guess was `
          + "all that was possible.",
      };
    },
  };
}

/**
 * @param {Curves} run
 * @returns {Step}
 */
function remedy(run) {
  /** @type {Choice} */
  let choice;
  return {
    question: "What is most likely to help this training?",
    hint: "Its training Dice is high, its validation Dice is not.",
    show(place) {
      plot(place.scene, run, ["training", "validation"]);
      const remedies = ["More epochs", "More people to learn from", "A larger network", "A lower threshold"];
      choice = new Choice(place, "Remedy", remedies.map((words) => ({ words })));
    },
    answer() {
      return {
        ...choice.settle(1),
        says: "More people, or slices that are changed at random so that nothing can be learned by heart. More epochs are "
          + "what this curve shows already; a larger network has more room to learn by heart; a threshold changes what is "
          + "marked, not what was learned.",
      };
    },
  };
}

/**
 * @param {HTMLElement} scene  It is emptied.
 * @param {Curves} run
 * @param {string[]} names  Of its curves.
 * @param {(epoch: number) => void} [onPick]
 */
function plot(scene, run, names, onPick) {
  const last = Math.max(...run.training.map(([epoch]) => epoch));
  const place = made("div", { class: "curve" });
  const key = made("p", { class: "chart-key" }, ...names.map((name, i) => made("span", { class: `line-${i + 1}` }, name)));
  scene.replaceChildren(place, key);
  const chart = new LineChart(place, {
    label: `Dice of ${names.join(" and ")} over ${last} epochs`,
    x: { from: 0, to: last, label: "epoch", ticks: [0, Math.round(last / 2), last] },
    y: { from: 0, to: 1, label: "Dice", ticks: [0, 0.25, 0.5, 0.75, 1] },
    onPick: onPick ?? null,
  });
  const lines = [run.training, run.validation].slice(0, names.length);
  chart.draw(lines.map((points, i) => ({ name: names[i], line: i + 1, points })));
  return chart;
}

/**
 * @param {[number, number | null][]} points
 * @returns {[number, number][]}
 */
const known = (points) => points.flatMap(([x, y]) => (y === null ? [] : [/** @type {[number, number]} */ ([x, y])]));

/** @param {[number, number | null][]} points */
function lastOf(points) {
  const values = known(points);
  return values[values.length - 1][1];
}
