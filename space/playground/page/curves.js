/* The chart: Dice or loss over the steps, of this run and of one that was kept, or Dice over the threshold. */

import { LineChart } from "../../page/chart.js";
import { find, findAll, made } from "../../page/dom.js";
import { diceFrom } from "../engine/table.js";
import { LEVELS } from "./link.js";

/**
 * @typedef {import("../../page/chart.js").Line} Line
 * @typedef {import("../engine/trainer.js").Point} Point
 * @typedef {object} Shown  A run.
 * @property {string} name
 * @property {Point[]} curve
 * @property {import("../engine/table.js").Table} table  The counts at the curve's last point.
 */

const VIEWS = { dice: "Dice", loss: "Loss", threshold: "By threshold" };
const TENTHS = [0, 0.2, 0.4, 0.6, 0.8, 1];

export class Curves {
  /** @param {HTMLElement} root */
  constructor(root) {
    /** @type {Shown | null} */
    this.now = null;
    /** @type {Shown | null} */
    this.kept = null;
    this.level = LEVELS / 2;
    this.view = "dice";
    this.key = find(root, ".chart-key");
    this.chart = new LineChart(find(root, ".plot"), {
      label: "The curves of this run", x: { from: 0, to: 100, label: "step", ticks: [0, 100] },
      y: { from: 0, to: 1, label: "", ticks: TENTHS },
    });
    const choices = find(root, ".views");
    choices.append(...Object.entries(VIEWS).map(([value, name]) => made("label", {},
      made("input", { type: "radio", name: "playground-view", value }), made("span", {}, name))));
    for (const input of findAll(choices, "input", HTMLInputElement)) {
      input.checked = input.value === this.view;
      input.addEventListener("change", () => {
        this.view = input.value;
        this.draw();
      });
    }
  }

  /** @returns {Line[]} */
  lines() {
    const runs = [this.now, this.kept].flatMap((run) => (run ? [run] : []));
    return runs.flatMap((run) => {
      const kept = run === this.kept;
      const [dashed, of] = [kept, kept ? ", kept run" : ""];
      if (this.view === "threshold") {
        const points = Array.from({ length: LEVELS - 1 }, (_, k) => /** @type {[number, number]} */ (
          [(k + 1) / LEVELS, diceFrom(run.table, k + 1)]));
        return [{ name: `validation${of}`, line: 2, dashed, points }];
      }
      const [training, validation] = this.view === "dice" ? /** @type {const} */ (["dice", "validationDice"])
        : /** @type {const} */ (["loss", "validationLoss"]);
      /** @type {(name: "dice" | "validationDice" | "loss" | "validationLoss") => [number, number][]} */
      const along = (name) => run.curve.map((point) => [point.step, point[name]]);
      return [
        { name: `training${of}`, line: 1, dashed, points: along(training) },
        { name: `validation${of}`, line: 2, dashed, points: along(validation) },
      ];
    });
  }

  draw() {
    if (!this.now) return;
    const lines = this.lines();
    const values = lines.flatMap(({ points }) => points.map(([, y]) => Number(y))).filter(Number.isFinite);
    const high = this.view === "loss" ? Math.max(0.1, ...values) : 1;
    const last = Math.max(100, ...lines.flatMap(({ points }) => points.map(([x]) => x)));
    const y = { from: 0, to: high, label: "", ticks: this.view === "loss" ? ticks(high) : TENTHS };
    const x = this.view === "threshold" ? { from: 0, to: 1, label: "threshold", ticks: TENTHS }
      : { from: 0, to: last, label: "step", ticks: ticks(last) };
    this.chart.draw(lines, { x, y });
    if (this.view === "threshold") this.chart.mark(this.level / LEVELS, (this.level / LEVELS).toFixed(2));
    else this.chart.unmark();
    this.key.replaceChildren(...lines.map(({ name, line, dashed }) => (
      made("span", { class: `line-${line}${dashed ? " dashed" : ""}` }, name))));
  }
}

/**
 * Round values from 0 up to a last one, about four of them.
 * @param {number} last
 */
function ticks(last) {
  const power = 10 ** Math.floor(Math.log10(last / 4));
  const step = [1, 2, 5, 10].map((k) => k * power).find((each) => each >= last / 4) ?? last;
  return Array.from({ length: Math.floor(last / step) + 1 }, (_, k) => Number((k * step).toPrecision(6)));
}
