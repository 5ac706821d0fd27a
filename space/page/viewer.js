/* The slice viewer: slice, prediction, mask, and every number under one threshold; nothing here asks for anything. */

import { LineChart } from "./chart.js";
import { find, findAll, pen } from "./dom.js";
import { Look } from "./looks.js";
import { drawCross, showMarks } from "./marks.js";
import { Places } from "./places.js";
import { clamp, levelOf, putScore, scoresOf, shownScore } from "./scores.js";
import { Shows } from "./shows.js";
import { Spoken } from "./spoken.js";
import { Stage } from "./stage.js";
import { mirrored, quarter } from "./turns.js";
import { Windowing } from "./windowing.js";

/** @typedef {import("./engine/port.js").Opened} Opened */

const POINT = "Point at a pixel to read its values.";
const BEST_HINT = "It is found by looking at the mask, which a new patient does not have.";

export default class SliceViewer {
  /**
   * @param {HTMLElement} root
   * @param {import("./page.js").Page} page
   * @param {{readings: Record<string, string>, unit: string}} data  The unit is empty where values have none.
   */
  constructor(root, page, { readings, unit }) {
    const { store, address, desk } = page;
    this.root = root;
    this.store = store;
    this.address = address;
    this.desk = desk;
    this.form = find(root, "form", HTMLFormElement);
    /** @type {Opened | null} */
    this.opened = null;
    /** @type {Look | null} */
    this.look = null;
    this.level = store.state.level;
    this.canvases = ["base", "overlay", "truth"].map((name) => find(root, `canvas.${name}`, HTMLCanvasElement));
    this.plot = new LineChart(find(root, ".plot"), {
      label: "Dice, precision and recall over the threshold",
      x: { from: 0, to: 1, label: "threshold", ticks: [0, 0.25, 0.5, 0.75, 1] },
      y: { from: 0, to: 1, label: "", ticks: [0, 0.5, 1] },
      onPick: (threshold, done) => this.choose(levelOf(threshold), done),
    });
    this.stage = new Stage(find(root, ".stage"), {
      onDrag: (event) => this.dragWindow(event),
      onPoint: (pixel) => this.read(pixel),
      onClick: (pixel) => this.pointAt(pixel),
      onStep: (step) => this.places.step(step),
    });
    this.places = new Places(root, page);
    this.windowing = new Windowing(root, page, unit);
    this.shows = new Shows(root, page);
    this.spoken = new Spoken(this.form);
    this.listen();
    this.offerReadings(readings, desk);
    store.subscribe(["view"], () => this.paint());
    store.subscribe(["level"], ({ level }) => this.setLevel(level));
    store.subscribe(["opened"], ({ opened }) => opened && this.show(opened));
    store.subscribe(["opened", "point", "view"], () => this.showCross());
    store.subscribe(["busy"], ({ busy }) => {
      find(root, ".readout").textContent = busy || POINT;
      this.form.setAttribute("aria-busy", String(Boolean(busy)));
    });
    if (!desk.examples.length) find(root, ".dice-says").textContent = "no slice is open yet";
    desk.begin();
  }

  /** @param {Opened} opened */
  show(opened) {
    const fresh = this.opened?.stack !== opened.stack;
    this.opened = opened;
    this.look = new Look(opened);
    if (fresh) this.stage.fit(opened.width, opened.height);
    this.form.classList.toggle("has-mask", Boolean(opened.mask));
    this.form.classList.toggle("is-volume", opened.places > 1);
    this.look.paintMask(pen(this.canvases[2]));
    this.windowing.show(opened, this.look, fresh);
    this.plotTable(opened);
    this.shows.show();
    this.setLevel(this.level);
    find(this.root, ".notes").textContent = opened.notes.join(" ");
    find(this.root, ".best-says").textContent = BEST_HINT;
    find(this.root, ".reading").hidden = !opened.reading || opened.example !== null;
    find(this.root, ".reading select", HTMLSelectElement).value = opened.reading;
    this.showTurn(opened);
    showMarks(this.root, opened);
    this.form.dataset.shown = opened.name;
  }

  /* ---------- drawing ---------- */

  paint() {
    this.look?.paintPrediction(pen(this.canvases[1]), this.store.state.view.mode, this.level);
  }

  showCross() {
    const { opened, point, view } = this.store.state;
    if (opened) drawCross(find(this.root, ".cross", SVGElement), view.cross ? point : null, opened);
  }

  /** @param {Opened} opened */
  showTurn({ example, source }) {
    for (const button of findAll(this.root, "[data-turn]")) button.hidden = example !== null;
    find(this.root, ".turned").hidden = source.turn === 0;
  }

  showScores() {
    if (!this.opened || !this.look) return;
    const row = this.opened.table?.[this.level];
    const [tp, fp, fn] = row ?? [NaN, NaN, NaN];
    for (const [name, value] of Object.entries(scoresOf(tp, fp, fn))) {
      putScore(find(this.root, `[data-score=${name}]`), value);
    }
    find(this.root, ".dice-says").textContent = !row
      ? "add a mask to get the Dice"
      : tp + fp + fn
        ? this.opened.places > 1 ? "Dice of this slice" : "Dice similarity coefficient"
        : "no Dice: the mask is empty and nothing is predicted";
    if (!row) find(this.root, "[data-score=dice]").textContent = "?";
    find(this.root, ".area").textContent = this.look.above[this.level].toLocaleString("en");
    if (row) find(this.root, ".reference").textContent = (tp + fn).toLocaleString("en");
    this.spoken.say(this.sentence(this.opened, scoresOf(tp, fp, fn).dice));
  }

  /**
   * What is found, for those who do not see it.
   * @param {Opened} opened
   * @param {number} dice
   */
  sentence({ name, place, places, mask }, dice) {
    const which = places > 1 ? `${name}, slice ${place + 1} of ${places}` : name;
    const score = !mask ? "no mask, so no Dice" : Number.isNaN(dice)
      ? "no Dice, as the mask is empty and nothing is predicted" : `Dice ${shownScore(dice)}`;
    return `${which}: ${score}, at threshold ${(this.level / 255).toFixed(2)}.`;
  }

  /** @param {Opened} opened */
  plotTable({ table }) {
    if (!table) return this.plot.draw([]);
    const rows = table.map(([tp, fp, fn], level) => ({ x: level / 255, scores: scoresOf(tp, fp, fn) }));
    /** @type {(name: "dice" | "precision" | "recall", line: number) => import("./chart.js").Line} */
    const line = (name, number) => ({ name, line: number, points: rows.map(({ x, scores }) => [x, scores[name]]) });
    this.plot.draw([line("recall", 3), line("precision", 2), line("dice", 1)]);
  }

  /* ---------- what can be set ---------- */

  /**
   * Move the threshold. The address keeps it, rounded down so that the link gives this level again.
   * @param {number} level
   * @param {boolean} [done]
   */
  choose(level, done = false) {
    this.store.set(done ? { level, settled: level } : { level });
    if (done) this.address.set({ threshold: (Math.floor((level / 255) * 1000) / 1000).toFixed(3) });
  }

  /** @param {number} level */
  setLevel(level) {
    this.level = level;
    const slider = find(this.root, ".threshold", HTMLInputElement);
    const text = (level / 255).toFixed(2);
    slider.value = String(level);
    slider.setAttribute("aria-valuetext", text);
    find(this.root, ".threshold-text").textContent = text;
    this.plot.mark(level / 255, text);
    this.paint();
    this.showScores();
  }

  chooseBest() {
    const table = this.opened?.table;
    if (!table) return;
    const dice = table.map((row) => scoresOf(...row).dice);
    const best = dice.reduce((a, b, level) => (b > (Number.isNaN(dice[a]) ? -1 : dice[a]) ? level : a), 0);
    const before = shownScore(dice[this.level]);
    this.choose(best, true);
    find(this.root, ".best-says").textContent = `Dice ${before} became ${shownScore(dice[best])}. That is cheating: the `
      + "threshold was chosen by looking at the mask. A new patient has no mask, so an honest threshold is chosen on other "
      + "people's slices.";
  }

  /**
   * Say what lies under the pointer.
   * @param {{x: number, y: number}} pixel
   */
  read(pixel) {
    if (!this.opened || this.store.state.busy) return;
    const { width, height, probability } = this.opened;
    const [x, y] = [Math.floor(pixel.x), Math.floor(pixel.y)];
    if (x < 0 || y < 0 || x >= width || y >= height) return;
    const i = y * width + x;
    find(this.root, ".readout").textContent
      = `x ${x}, y ${y}: ${this.windowing.valueAt(i)}, probability ${(probability[i] / 255).toFixed(2)}`;
  }

  /**
   * With the window tool, or the right button, a drag changes width (sideways) and level (up and down).
   * @param {PointerEvent} start
   */
  dragWindow(start) {
    if (start.button !== 2 && !this.stage.element.classList.contains("windowing")) return null;
    return this.windowing.drag(start);
  }

  /**
   * Put the crosshair of a volume on a pixel.
   * @param {import("./stage.js").Pixel} pixel
   */
  pointAt({ x, y }) {
    if (!this.opened || !this.store.state.point) return; // there are no cuts that would follow it
    const { width, height } = this.opened;
    this.store.set({ point: { x: clamp(Math.floor(x), 0, width - 1), y: clamp(Math.floor(y), 0, height - 1) } });
  }

  /**
   * What a slice of one's own can be read as, where the reader had to decide.
   * @param {Record<string, string>} readings
   * @param {import("./desk.js").Desk} desk
   */
  offerReadings(readings, desk) {
    const select = find(this.root, ".reading select", HTMLSelectElement);
    for (const [value, words] of Object.entries(readings)) select.add(new Option(words, value));
    select.addEventListener("change", () => desk.readAs(select.value));
  }

  listen() {
    /** @type {(selector: string, event: string, act: (input: HTMLInputElement) => void) => void} */
    const on = (selector, event, act) => find(this.root, selector).addEventListener(event, ({ target }) => {
      if (target instanceof HTMLInputElement) act(target);
    });
    this.form.addEventListener("submit", (event) => event.preventDefault());
    on(".threshold", "input", ({ value }) => this.choose(Number(value)));
    on(".threshold", "change", ({ value }) => this.choose(Number(value), true));
    /** @type {(selector: string, change: (turn: number) => number) => void} */
    const turns = (selector, change) => find(this.root, selector).addEventListener("click", () => {
      if (this.opened) this.desk.turn(change(this.desk.present().turn));
    });
    turns("[data-turn=quarter]", quarter);
    turns("[data-turn=mirror]", mirrored);
    turns(".turned button", () => 0);
    find(this.root, ".best").addEventListener("click", () => this.chooseBest());
    const tool = find(this.root, ".window-tool");
    tool.addEventListener("click", () => {
      tool.setAttribute("aria-pressed", String(this.stage.element.classList.toggle("windowing")));
    });
    this.stage.element.addEventListener("contextmenu", (event) => event.preventDefault());
  }
}
