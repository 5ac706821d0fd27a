/* Break it yourself: the open slice, changed in one way as strongly as a slider says, beside the curve of the validation
   slices. The network looks at the changed slice at once; threshold and Dice are worked out here. */

import { arriveAt, find, made, pen, say } from "./dom.js";
import { Refused } from "./engine/port.js";
import { paint } from "./networks.js";
import { Newest } from "./newest.js";
import { atOrAbove } from "./pixels.js";
import { scoresOf, shownScore } from "./scores.js";
import { Spoken } from "./spoken.js";
import { Strengths, inWords, nearest } from "./strengths.js";

/**
 * @typedef {import("./engine/port.js").Opened} Opened
 * @typedef {import("./engine/port.js").Broken} Broken
 * @typedef {import("./strengths.js").Change} Change
 * @typedef {{opened: Opened | null, change: Change, strength: number}} Wish
 */

export default class BreakIt {
  /**
   * @param {HTMLElement} root
   * @param {import("./page.js").Page} page
   * @param {import("./strengths.js").Measured & {changes: Change[]}} data
   */
  constructor(root, { store, address, engine, desk }, { changes, ...measured }) {
    this.root = root;
    this.store = store;
    this.address = address;
    this.changes = changes;
    this.form = find(root, "form", HTMLFormElement);
    this.slider = find(root, ".strength", HTMLInputElement);
    this.spoken = new Spoken(this.form);
    const change = changes.find(({ name }) => name === address.get("change")) ?? changes[0];
    const asked = address.get("strength");
    this.arriving = address.get("change") !== null; // by a link to it
    /** @type {Wish} */
    this.wish = { opened: null, change, strength: asked === null ? change.trained : nearest(change, Number(asked)) };
    /** @type {{wish: Wish, found: Broken | Refused} | null} */
    this.answer = null;
    /** @type {Map<string, Map<number, Broken["table"]>>} */
    this.tried = new Map(); // of the open slice: by change, by strength
    this.newest = new Newest(
      (/** @type {Wish & {opened: Opened}} */ { opened, change: { name }, strength }) => (
        engine.broken(opened.source, name, strength).catch(refusal)),
      (wish, found) => this.hear(wish, found),
    );
    this.curve = new Strengths(root, change, measured, (x, done) => this.turnTo(nearest(this.wish.change, x), done));
    this.buildChoices();
    this.choose({});
    this.listen();
    if (!desk.examples.length) find(root, ".found").textContent = "Open a slice in the tab Segment first.";
    desk.begin();
  }

  buildChoices() {
    find(this.root, ".choices").replaceChildren(...this.changes.map((change, i) => {
      const input = made("input", { type: "radio", name: "change", value: String(i) });
      input.addEventListener("change", () => {
        this.choose({ change, strength: change.trained });
        this.keep();
      });
      return made("label", {}, input, made("span", {}, change.name));
    }));
  }

  listen() {
    const { slider } = this;
    this.form.addEventListener("submit", (event) => event.preventDefault());
    slider.addEventListener("input", () => this.turnTo(this.wish.change.stops[Number(slider.value)], false));
    slider.addEventListener("change", () => this.keep());
    find(this.root, ".back").addEventListener("click", () => this.turnTo(this.wish.change.trained, true));
    this.store.subscribe(["opened", "tab"], ({ opened, tab }) => {
      if (tab !== "results" || !opened) return; // nobody looks
      if (opened !== this.wish.opened) {
        this.tried.clear();
        this.choose({ opened });
      } else if (this.answer?.found instanceof Refused) this.choose({}); // once more
    });
    this.store.subscribe(["level"], () => this.show());
  }

  /** Who follows a link to a change comes to it, once what stands above has its height. */
  arrive() {
    if (this.arriving) setTimeout(() => arriveAt(this.root));
    this.arriving = false;
  }

  /** The address holds the change that is looked at. */
  keep() {
    const { change, strength } = this.wish;
    this.address.set({ change: change.name, strength: strength === change.trained ? null : String(strength) });
  }

  /**
   * @param {number} strength
   * @param {boolean} done
   */
  turnTo(strength, done) {
    if (strength !== this.wish.strength) this.choose({ strength });
    if (done) this.keep();
  }

  /** @param {Partial<Wish>} wanted */
  choose(wanted) {
    const wish = { ...this.wish, ...wanted };
    this.wish = wish;
    const { opened, change, strength } = wish;
    this.showControls();
    if (opened && strength === change.trained) this.hear(wish, opened);
    else this.show();
    this.newest.want(opened && strength !== change.trained ? { ...wish, opened } : null);
  }

  /**
   * What comes too late leaves a dot at its own strength, and no more.
   * @param {Wish} wish
   * @param {Broken | Refused} found
   */
  hear({ opened, change, strength }, found) {
    const { wish } = this;
    if (opened !== wish.opened) return;
    if (!(found instanceof Refused)) {
      this.tried.set(change.name, (this.tried.get(change.name) ?? new Map()).set(strength, found.table));
    }
    if (change === wish.change && strength === wish.strength) this.answer = { wish, found };
    this.arrive();
    this.show();
  }

  showControls() {
    const { opened, change, strength } = this.wish;
    find(this.root, `[value="${this.changes.indexOf(change)}"]`, HTMLInputElement).checked = true;
    find(this.root, ".name").textContent = change.name;
    this.slider.max = String(change.stops.length - 1);
    this.slider.value = String(change.stops.indexOf(strength));
    this.slider.setAttribute("aria-valuetext", inWords(change, strength));
    find(this.root, ".strength-text").textContent = inWords(change, strength);
    find(this.root, ".back", HTMLButtonElement).disabled = strength === change.trained;
    find(this.root, ".says").textContent = `${change.says} ${opened && !opened.hu ? change.picture : ""}`;
  }

  /** What is known of the wish, at the page's threshold. */
  show() {
    const { opened, change, strength } = this.wish;
    const found = this.answer?.wish === this.wish ? this.answer.found : null;
    const there = found instanceof Refused ? null : found;
    this.form.setAttribute("aria-busy", String(Boolean(opened && !found)));
    this.form.dataset.shown = there ? `${change.name}/${strength}` : "";
    say(find(this.root, ".notice"), found instanceof Refused ? found.message : "");
    const tried = [...this.tried.get(change.name) ?? []];
    const { level } = this.store.state;
    this.curve.show(change, strength, tried.map(([at, table]) => [at, table ? diceOf(table, level) : NaN]), level);
    if (!opened) return;
    const says = find(this.root, ".found");
    says.replaceChildren(...(there ? sayFound(there, opened, level) : [found ? "" : "..."]));
    if (there) this.spoken.answer(`${change.name} ${inWords(change, strength)}: ${says.textContent}.`);
    this.paint(found, opened);
  }

  /**
   * @param {Broken | Refused | null} found
   * @param {Opened} opened
   */
  paint(found, opened) {
    const canvas = find(this.root, ".picture", HTMLCanvasElement);
    find(this.root, ".with-mask").hidden = !opened.mask;
    if (found instanceof Refused) pen(canvas).clearRect(0, 0, canvas.width, canvas.height);
    else if (found) {
      canvas.classList.add("painted");
      const { width, height } = opened;
      const predicted = atOrAbove(found.probability, this.store.state.level);
      paint(canvas, { ...opened, ...found }, predicted, { top: 0, left: 0, width, height });
    }
  }
}

/**
 * @param {unknown} error
 * @returns {Refused}
 */
function refusal(error) {
  if (error instanceof Refused) return error;
  throw error;
}

/**
 * @param {[number, number, number][]} table
 * @param {number} level
 */
const diceOf = (table, level) => scoresOf(...table[level]).dice;

/**
 * @param {Broken} found
 * @param {Opened} opened
 * @param {number} level
 * @returns {(Node | string)[]}
 */
function sayFound(found, opened, level) {
  const same = found === opened;
  if (found.table && opened.table) {
    const [now, before] = [found.table, opened.table].map((table) => shownScore(diceOf(table, level)));
    return [made("b", {}, now), same ? " Dice on this slice, unchanged" : ` Dice on this slice; ${before} unchanged`];
  }
  const [now, before] = [found, opened].map(({ probability }) => (
    probability.reduce((sum, value) => sum + Number(value >= level), 0).toLocaleString("en")));
  return [made("b", {}, now), same ? " pixels found" : ` pixels found; ${before} unchanged`, ". Dice needs a mask."];
}
