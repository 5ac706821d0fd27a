/* The figures of the whole volume at the threshold, and how far the network has come. */

import { Refused } from "./engine/port.js";
import { sumOf } from "./counts.js";
import { find } from "./dom.js";
import { putScore, scoresOf } from "./scores.js";

/** @typedef {import("./store.js").State} State */

export class Whole {
  /**
   * @param {HTMLElement} root
   * @param {import("./page.js").Page} page
   * @param {import("./survey.js").Survey} survey
   */
  constructor(root, { store, engine }, survey) {
    this.root = root;
    this.store = store;
    this.engine = engine;
    /** @type {{stack: import("./counts.js").Stack | null, what: string | number}}  Which distances are shown or awaited. */
    this.measured = { stack: null, what: "" };
    const stop = find(root, ".stop");
    stop.addEventListener("click", () => survey.setGoing(!store.state.surveyed?.going));
    store.subscribe(["surveyed", "level"], (state) => this.show(state));
    store.subscribe(["surveyed", "level", "settled", "opened"], (state) => this.measure(state));
  }

  /** @param {Readonly<State>} state */
  show({ surveyed, opened, level }) {
    if (!surveyed || !opened) return;
    const { stack, seen, going } = surveyed;
    const complete = seen === stack.length;
    find(this.root, ".so-far").textContent = complete ? "" : ", so far";
    find(this.root, ".progress-text").textContent
      = complete ? `all ${seen} slices segmented` : `segmented ${seen} of ${stack.length} slices`;
    const bar = find(this.root, "progress", HTMLProgressElement);
    [bar.max, bar.value] = [stack.length, seen];
    const stop = find(this.root, ".stop", HTMLButtonElement);
    stop.textContent = going || complete ? "Stop" : "Go on";
    stop.disabled = complete;
    const [tp, fp, fn] = sumOf(stack, level);
    const scores = Object.entries(scoresOf(tp, fp, fn));
    for (const [name, value] of scores) putScore(find(this.root, `[data-volume=${name}]`), value);
    find(this.root, ".predicted-volume").textContent = volumeInWords(tp + fp, opened.millilitres);
    find(this.root, ".mask-volume").textContent = volumeInWords(tp + fn, opened.millilitres);
  }

  /**
   * Measure from surface to surface, once all slices are segmented and the threshold has come to rest.
   * @param {Readonly<State>} state
   */
  async measure({ surveyed, opened, level, settled }) {
    if (!surveyed || !opened?.mask) return;
    const { stack, seen } = surveyed;
    /** @type {"unfinished" | "moving" | number} */
    const what = seen < stack.length ? "unfinished" : level === settled ? level : "moving";
    if (this.measured.stack === stack && this.measured.what === what) return;
    this.measured = { stack, what };
    if (what === "unfinished") return this.say("Surface distances are measured when all slices are segmented.");
    if (what === "moving") return this.say("Surface distances are measured when you let the threshold go.");
    this.say("Surface distances are being measured.");
    const said = await this.distances(opened.source, what);
    if (this.measured.stack === stack && this.measured.what === what) this.say(said);
  }

  /**
   * @param {import("./engine/port.js").Source} source
   * @param {number} level
   */
  async distances(source, level) {
    try {
      return distancesInWords(await this.engine.distances(source, level)) ?? this.whyNone(level);
    } catch (error) {
      if (error instanceof Refused) return error.message;
      throw error;
    }
  }

  /** @param {number} level */
  whyNone(level) {
    const { opened, surveyed } = this.store.state;
    if (!opened?.spacing) return "No surface distances: the size of the pixels is not known.";
    const [tp, , fn] = sumOf(surveyed?.stack ?? [], level);
    return `No surface distances: ${tp + fn ? "nothing is predicted at this threshold" : "the mask is empty"}.`;
  }

  /** @param {string} sentence */
  say(sentence) {
    find(this.root, ".distances").textContent = sentence;
  }
}

/**
 * @param {number} voxels
 * @param {number | null} millilitres  Of one.
 */
function volumeInWords(voxels, millilitres) {
  return millilitres === null ? `${voxels.toLocaleString("en")} voxels` : `${(voxels * millilitres).toFixed(1)} mL`;
}

/** @param {import("./engine/port.js").Distances} distances */
function distancesInWords({ mean, hausdorff95, hausdorff }) {
  if (mean === null || hausdorff95 === null || hausdorff === null) return null;
  const [middle, most, all] = [mean, hausdorff95, hausdorff].map((value) => `${value.toFixed(1)} mm`);
  return `From surface to surface: mean ${middle}, 95 % within ${most}, largest ${all}.`;
}
