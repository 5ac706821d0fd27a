/* The playground: settings and address, the run in its worker, and what is drawn of it. */

import { find, made, say } from "../../page/dom.js";
import { IN_WORDS } from "../engine/schedules.js";
import { DEFAULTS } from "../engine/settings.js";
import { diceFrom } from "../engine/table.js";
import { Form, inWords } from "./controls.js";
import { Curves } from "./curves.js";
import { LessonCard } from "./lesson.js";
import { UNTIL } from "./lessons.js";
import { LEVELS, read, write } from "./link.js";
import { drawKernels, drawU } from "./maps.js";
import { Runner } from "./run.js";
import { drawExamples, Predictions } from "./slices.js";
import { verdict } from "./verdict.js";

/**
 * @typedef {import("../engine/settings.js").Settings} Settings
 * @typedef {import("../engine/messages.js").Report} Report
 */

/** @param {number} value */
const shown = (value) => (Number.isFinite(value) ? value.toFixed(2) : "–");

export default class Playground {
  /**
   * @param {HTMLElement} root  Becomes the playground.
   * @param {{address: import("../../page/address.js").Address}} page
   */
  constructor(root, { address }) {
    this.root = find(root, ".playground");
    this.address = address;
    this.link = read(address);
    this.run = 0;
    this.playing = false;
    /** @type {import("../engine/messages.js").Started | null} */
    this.started = null;
    /** @type {Report | null} */
    this.report = null;
    /** @type {Float32Array | null} */
    this.firstKernels = null;
    this.runner = new Runner((answer) => this.hear(answer));
    this.build().catch((error) => this.fail(String(error)));
  }

  async build() {
    const html = await fetch(new URL("part.html", import.meta.url), { cache: "no-cache" });
    this.root.innerHTML = await html.text();
    const { root } = this;
    this.predictions = new Predictions(find(root, ".predictions"));
    this.curves = new Curves(find(root, ".found"));
    this.form = new Form(root, (key, value) => this.set(key, value));
    this.lessons = new LessonCard(root, {
      open: (name) => {
        this.link.lesson = name;
        this.lessons?.show(name);
        this.remember();
      },
      run: ({ settings }) => this.lesson(settings),
    });
    this.lessons.show(this.link.lesson);
    this.form.show(this.link.settings);
    find(root, ".play").addEventListener("click", () => this.toggle());
    find(root, ".again").addEventListener("click", () => this.again());
    find(root, ".one").addEventListener("click", () => {
      this.setPlaying(false);
      this.runner.tell({ type: "step" });
    });
    find(root, ".keep").addEventListener("click", () => this.keep());
    const slider = find(root, ".threshold input", HTMLInputElement);
    slider.value = String(this.link.level);
    slider.addEventListener("input", () => {
      this.link.level = Number(slider.value);
      this.drawAtThreshold();
    });
    slider.addEventListener("change", () => this.remember());
    new ResizeObserver(() => {
      if (this.report) drawU(find(root, ".u"), this.report.maps, this.link.settings.skips);
    }).observe(find(root, ".u"));
    this.start(this.link.start);
  }

  /* -- the run -- */

  /** @param {boolean} play */
  start(play) {
    this.run++;
    this.report = null;
    this.firstKernels = null;
    this.setPlaying(play);
    const { settings, changes, until } = this.link;
    this.runner.tell({ type: "start", run: this.run, settings, changes, until, play });
  }

  /** From the first step, at the learning rate as it stands. */
  again() {
    const last = this.link.changes.at(-1);
    if (last) this.link.settings = { ...this.link.settings, rate: last.rate };
    this.link.changes = [];
    this.form?.show(this.link.settings);
    this.remember();
    this.start(false);
  }

  toggle() {
    this.setPlaying(!this.playing);
    this.runner.tell({ type: this.playing ? "play" : "pause" });
  }

  /** @param {boolean} playing */
  setPlaying(playing) {
    this.playing = playing;
    const button = find(this.root, ".play");
    button.textContent = playing ? "❚❚" : "▶";
    button.setAttribute("aria-label", playing ? "Pause" : "Play");
  }

  /**
   * @param {keyof Settings} key
   * @param {Settings[keyof Settings]} value
   */
  set(key, value) {
    if (key === "rate" && this.report?.step) {
      this.runner.tell({ type: "rate", rate: Number(value) }); // the report brings the step of the change
      return;
    }
    this.link.settings = { ...this.link.settings, [key]: value };
    this.link.changes = [];
    this.link.until = null;
    this.form?.show(this.link.settings);
    this.remember();
    this.start(this.playing);
  }

  /**
   * A lesson's run; the one before it is kept beside it.
   * @param {Partial<Settings>} settings
   */
  lesson(settings) {
    if (this.report && this.report.step >= UNTIL / 2) this.keep();
    Object.assign(this.link, { settings: { ...DEFAULTS, ...settings }, changes: [], until: UNTIL });
    this.form?.show(this.link.settings);
    this.remember();
    this.start(true);
  }

  remember() {
    write(this.address, this.link);
  }

  /** @param {import("../engine/messages.js").Answer} answer */
  hear(answer) {
    if (answer.type === "failed") this.fail(answer.text);
    if (answer.type === "failed" || answer.run !== this.run) return;
    if (answer.type === "started") {
      this.started = answer;
      drawExamples(find(this.root, ".examples"), answer.examples);
      this.predictions?.begin(answer.slices);
      return;
    }
    this.report = answer;
    this.firstKernels ??= answer.kernels.values;
    this.setPlaying(answer.playing);
    this.follow(answer);
    this.draw(answer);
    requestAnimationFrame(() => this.runner.tell({ type: "drawn" }));
  }

  /**
   * Take over the changes of the rate; the form shows the one that holds.
   * @param {Report} report
   */
  follow({ changes, step }) {
    const rate = changes.filter((change) => change.step <= step).at(-1)?.rate ?? this.link.settings.rate;
    this.form?.show({ ...this.link.settings, rate });
    if (JSON.stringify(changes) === JSON.stringify(this.link.changes)) return;
    this.link.changes = changes;
    this.remember();
  }

  /** @param {string} text */
  fail(text) {
    const place = this.root.querySelector(".verdict") ?? this.root;
    place.textContent = `This browser cannot train here. Please try another one, or a newer one. (${text})`;
  }

  /* -- the picture of it -- */

  /** @param {Report} report */
  draw(report) {
    const { root, started } = this;
    const show = (/** @type {string} */ name, /** @type {string} */ text) => {
      find(root, `[data-show=${name}]`).textContent = text;
    };
    const last = report.curve[report.curve.length - 1];
    root.dataset.step = String(report.step);
    root.dataset.score = JSON.stringify([last.dice, last.validationDice]); // with all their digits
    show("epoch", String(report.epoch));
    show("step", report.step.toLocaleString("en"));
    show("dice", shown(last.dice));
    show("validation", shown(last.validationDice));
    show("schedule", IN_WORDS[this.link.settings.schedule]);
    show("rate", String(Number(report.rate.toPrecision(2))));
    show("parameters", `${started?.parameters.toLocaleString("en")} parameters`);
    const speed = `${report.perStep.toFixed(0)} ms per step, ${started?.stepsPerEpoch} steps per epoch`;
    show("speed", Number.isFinite(report.perStep) ? speed : "");
    const [text, warning] = verdict(report);
    say(find(root, ".verdict"), text);
    find(root, ".verdict").classList.toggle("warning", warning);
    drawU(find(root, ".u"), report.maps, this.link.settings.skips);
    const kernels = find(root, ".kernels", HTMLCanvasElement);
    drawKernels(kernels, report.kernels, this.firstKernels ?? report.kernels.values);
    find(root, ".keep", HTMLButtonElement).disabled = !report.step;
    if (this.curves) this.curves.now = this.asShown(report);
    this.drawComparison();
    this.drawAtThreshold();
  }

  /** @param {Report} report */
  asShown({ curve, table, changes }) {
    const changed = changes.length ? `, the rate changed to ${changes.map(({ rate }) => rate).join(", ")}` : "";
    return { name: inWords(this.link.settings) + changed, curve, table };
  }

  /** Whatever the threshold changes. */
  drawAtThreshold() {
    const { report, curves, link: { level } } = this;
    const threshold = (level / LEVELS).toFixed(2);
    find(this.root, ".threshold b").textContent = threshold;
    if (!report || !curves) return;
    this.predictions?.draw(report.predictions, level);
    const { step } = report.curve[report.curve.length - 1];
    const dice = shown(diceFrom(report.table, level));
    const text = `Validation Dice at ${threshold}: ${dice}, over 64 slices, after step ${step}.`;
    find(this.root, ".at-threshold").textContent = text;
    curves.level = level;
    curves.draw();
  }

  keep() {
    if (!this.curves || !this.report) return;
    this.curves.kept = this.asShown(this.report);
    this.drawComparison();
    this.curves.draw();
  }

  drawComparison() {
    const { now, kept } = this.curves ?? {};
    const table = find(this.root, ".comparison table");
    table.hidden = !kept;
    if (!now || !kept) return;
    const row = (/** @type {string} */ head, /** @type {import("./curves.js").Shown} */ { name, curve }) => {
      const { step, dice, validationDice } = curve[curve.length - 1];
      const cells = [String(step), shown(dice), shown(validationDice)].map((text) => made("td", {}, text));
      return made("tr", {}, made("th", { scope: "row" }, head, made("small", {}, name)), ...cells);
    };
    const heads = ["Run", "Step", "Training Dice", "Validation Dice"].map((text) => made("th", { scope: "col" }, text));
    table.replaceChildren(made("tr", {}, ...heads), row("This run", now), row("Kept run", kept));
  }
}
