/* The slice viewer: slice, prediction, mask, and every number under one threshold; nothing here asks for anything. */

import { LineChart } from "./chart.js";
import { find, pen } from "./dom.js";
import { Look } from "./looks.js";
import { clamp, levelOf, putScore, scoresOf, shownScore } from "./scores.js";
import { Stage } from "./stage.js";

/** @typedef {import("./looks.js").Mode} Mode */
/** @typedef {import("./engine/port.js").Opened} Opened */

const PREDICTED = "<span class='key predicted'></span>predicted by the U-Net";
const LEGENDS = {
  fill: PREDICTED,
  contour: PREDICTED.replace("key", "key hollow"),
  error: "<span class='key predicted full'></span>found<span class='key extra full'></span>extra"
    + "<span class='key traced full'></span>missed",
  heat: "<span class='ramp'></span>probability, 0 to 1, and the outline at the threshold",
};
const POINT = "Point at a pixel to read its values.";
const BEST_HINT = "It is found by looking at the mask, which a new patient does not have.";
const WHOLE_WINDOW = { level: 128, width: 256 };

export default class SliceViewer {
  /**
   * @param {HTMLElement} root
   * @param {import("./page.js").Page} page
   * @param {{readings: Record<string, string>}} data
   */
  constructor(root, { store, address, desk }, { readings }) {
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
    /** @type {Mode} */
    this.mode = "fill";
    this.window = { ...WHOLE_WINDOW };
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
      onStep: (step) => this.step(step),
    });
    this.listen();
    this.offerReadings(readings, desk);
    this.setOpacity(clamp(Number(address.get("opacity") ?? 100) || 0, 0, 100));
    this.setTruth(address.get("mask") !== "0");
    this.setMode(address.get("mode") ?? "fill");
    this.setWindow({});
    store.subscribe(["level"], ({ level }) => this.setLevel(level));
    store.subscribe(["opened"], ({ opened }) => opened && this.show(opened));
    store.subscribe(["busy"], ({ busy }) => {
      find(root, ".readout").textContent = busy || POINT;
      this.form.setAttribute("aria-busy", String(Boolean(busy)));
      if (!busy && this.opened) this.setPlace(desk.wanted ?? this.opened.place); // also where the slice could not be had
    });
    desk.begin();
  }

  /** @param {Opened} opened */
  show(opened) {
    const [before, first] = [this.opened?.stack, !this.opened];
    this.opened = opened;
    this.look = new Look(opened);
    if (before !== opened.stack) this.stage.fit(opened.width, opened.height);
    this.form.classList.toggle("has-mask", Boolean(opened.mask));
    this.look.paintMask(pen(this.canvases[2]));
    this.setWindow(before === opened.stack ? {} : WHOLE_WINDOW);
    this.plotTable(opened);
    this.setMode(first ? this.address.get("mode") ?? "fill" : this.mode);
    this.setLevel(this.level);
    find(this.root, ".notes").textContent = opened.notes.join(" ");
    find(this.root, ".best-says").textContent = BEST_HINT;
    find(this.root, ".reading").hidden = !opened.reading || opened.example !== null;
    find(this.root, ".reading select", HTMLSelectElement).value = opened.reading;
    find(this.root, ".places").hidden = opened.places === 1;
    this.setPlace(this.desk.wanted ?? opened.place); // who moves on quickly is further by now
    this.form.dataset.shown = opened.name;
  }

  /* ---------- drawing ---------- */

  paint() {
    this.look?.paintPrediction(pen(this.canvases[1]), this.mode, this.level);
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
      : tp + fp + fn ? "Dice similarity coefficient" : "no Dice: the mask is empty and nothing is predicted";
    if (!row) find(this.root, "[data-score=dice]").textContent = "?";
    find(this.root, ".area").textContent = this.look.above[this.level].toLocaleString("en");
    if (row) find(this.root, ".reference").textContent = (tp + fn).toLocaleString("en");
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
    this.store.set({ level });
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

  /**
   * Show a place on the slider; the slice itself comes with the answer.
   * @param {number} place
   */
  setPlace(place) {
    if (!this.opened) return;
    const slider = find(this.root, ".place", HTMLInputElement);
    const text = `${place + 1} of ${this.opened.places}`;
    slider.max = String(this.opened.places - 1);
    slider.value = String(place);
    slider.setAttribute("aria-valuetext", text);
    find(this.root, ".place-text").textContent = text;
  }

  /** @param {number} place */
  goTo(place) {
    this.setPlace(place);
    this.desk.moveTo(place);
  }

  /**
   * Go some slices towards the head; false where there is one slice only.
   * @param {number} step
   */
  step(step) {
    if (!this.opened || this.opened.places === 1) return false;
    const now = Number(find(this.root, ".place", HTMLInputElement).value);
    const next = clamp(now + step, 0, this.opened.places - 1);
    if (next !== now) this.goTo(next);
    return true;
  }

  /** @param {string} mode  Anything else than a mode that can be shown is 'fill'. */
  setMode(mode) {
    const scored = Boolean(this.opened?.mask);
    this.mode = Object.hasOwn(LEGENDS, mode) && (mode !== "error" || scored) ? /** @type {Mode} */ (mode) : "fill";
    find(this.root, `[name=mode][value=${this.mode}]`, HTMLInputElement).checked = true;
    find(this.root, "[name=mode][value=error]", HTMLInputElement).disabled = !scored;
    find(this.root, ".legend").innerHTML = LEGENDS[this.mode]
      + (this.mode === "error" ? "" : "<span class='with-mask'><span class='key traced hollow'></span>the mask</span>");
    this.paint();
  }

  /** @param {number} percent */
  setOpacity(percent) { // left to the compositor: no pixel is touched
    find(this.root, ".opacity", HTMLInputElement).value = String(percent);
    find(this.root, ".opacity-text").textContent = `${percent} %`;
    this.canvases[1].style.opacity = String(percent / 100);
  }

  /** @param {boolean} on */
  setTruth(on) {
    find(this.root, ".show-truth", HTMLInputElement).checked = on;
    this.canvases[2].style.visibility = on ? "visible" : "hidden";
  }

  /** @param {{level?: number, width?: number}} change */
  setWindow(change) {
    Object.assign(this.window, change);
    this.window.level = clamp(this.window.level, 0, 255);
    this.window.width = clamp(this.window.width, 16, 512);
    const { level, width } = this.window;
    const hu = this.opened?.hu;
    const [low, high] = hu ?? [0, 256];
    const [scale, unit] = [(high - low) / 256, hu ? " HU" : ""];
    find(this.root, ".level", HTMLInputElement).value = String(level);
    find(this.root, ".width", HTMLInputElement).value = String(width);
    find(this.root, ".level-text").textContent = `${Math.round(low + level * scale)}${unit}`;
    find(this.root, ".width-text").textContent = `${Math.round(width * scale)}${unit}`;
    this.look?.paintSlice(pen(this.canvases[0]), this.window);
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
    const { width, height, slice, probability, hu } = this.opened;
    const [x, y] = [Math.floor(pixel.x), Math.floor(pixel.y)];
    if (x < 0 || y < 0 || x >= width || y >= height) return;
    const i = y * width + x;
    find(this.root, ".readout").textContent
      = `x ${x}, y ${y}: ${valueAt(slice[i], hu)}, probability ${(probability[i] / 255).toFixed(2)}`;
  }

  /**
   * With the window tool, or the right button, a drag changes width (sideways) and level (up and down).
   * @param {PointerEvent} start
   */
  dragWindow(start) {
    if (start.button !== 2 && !this.stage.element.classList.contains("windowing")) return null;
    const { level, width } = this.window;
    return (/** @type {PointerEvent} */ event) => this.setWindow({
      width: width + event.clientX - start.clientX,
      level: level + (event.clientY - start.clientY) / 2,
    });
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
    on(".place", "input", ({ value }) => this.goTo(Number(value)));
    on(".opacity", "input", ({ value }) => this.setOpacity(Number(value)));
    on(".opacity", "change", ({ value }) => this.address.set({ opacity: value }));
    on(".level", "input", ({ value }) => this.setWindow({ level: Number(value) }));
    on(".width", "input", ({ value }) => this.setWindow({ width: Number(value) }));
    on(".modes", "change", ({ value }) => {
      this.setMode(value);
      this.address.set({ mode: value });
    });
    on(".show-truth", "change", ({ checked }) => {
      this.setTruth(checked);
      this.address.set({ mask: checked ? null : "0" });
    });
    find(this.root, ".reset-window").addEventListener("click", () => this.setWindow(WHOLE_WINDOW));
    find(this.root, ".best").addEventListener("click", () => this.chooseBest());
    const tool = find(this.root, ".window-tool");
    tool.addEventListener("click", () => {
      tool.setAttribute("aria-pressed", String(this.stage.element.classList.toggle("windowing")));
    });
    this.stage.element.addEventListener("contextmenu", (event) => event.preventDefault());
  }
}

/**
 * @param {number} grey
 * @param {[number, number] | null} hu
 */
function valueAt(grey, hu) {
  if (!hu) return `grey ${grey}`;
  if (grey === 0) return `${hu[0]} HU or less`;
  if (grey === 255) return `${hu[1]} HU or more`;
  return `${Math.round(hu[0] + (grey * (hu[1] - hu[0])) / 255)} HU`;
}
