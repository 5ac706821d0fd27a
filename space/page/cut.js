/* One cut of a volume along the body: asked for, painted, and clicked at. Its rows are slices, from the head down. */

import { Refused } from "./engine/port.js";
import { find, findAll, pen } from "./dom.js";
import { Look } from "./looks.js";
import { clamp } from "./scores.js";
import { sameCase } from "./shelf.js";

/**
 * @typedef {import("./engine/port.js").Source} Source
 * @typedef {{source: Source, at: number, seen: boolean[]}} Wanted  `seen` tells which slices are segmented already.
 */
/**
 * @typedef {object} Acts
 * @property {(along: number, place: number) => void} onGo  Somebody goes to a column of the cut and a slice.
 * @property {() => void} onCame  A cut that was asked for is there, to be painted.
 * @property {(sentence: string) => void} onRefused
 */

const GAP = 0.05; // of the width: the lines leave what they point at free
/** @type {Record<string, [number, number]>} */
const STEPS = { ArrowUp: [0, 1], ArrowDown: [0, -1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] };

export class Cut {
  /**
   * @param {HTMLElement} figure
   * @param {"coronal" | "sagittal"} plane
   * @param {import("./engine/port.js").Engine} engine
   * @param {Acts} acts
   */
  constructor(figure, plane, engine, { onGo, onCame, onRefused }) {
    this.element = find(figure, ".cut");
    this.plane = plane;
    this.engine = engine;
    this.onGo = onGo;
    this.onCame = onCame;
    this.onRefused = onRefused;
    this.canvases = findAll(figure, "canvas", HTMLCanvasElement);
    this.lines = find(figure, ".lines", SVGElement);
    this.size = { width: 1, places: 1, ratio: 1 };
    this.here = { along: 0, place: 0 };
    /** @type {Wanted | null} */
    this.wanted = null; // to be asked for
    /** @type {Wanted | null} */
    this.latest = null; // asked for last
    this.asking = false;
    /** @type {Look | null} */
    this.look = null;
    /** @type {boolean[]} */
    this.seen = [];
    this.listen();
  }

  /**
   * Make room for the cuts of a case.
   * @param {number} width
   * @param {number} places
   * @param {number} ratio  The size of a pixel by the distance of two slices.
   * @param {boolean} lettered
   */
  prepare(width, places, ratio, lettered) {
    this.size = { width, places, ratio };
    [this.look, this.latest, this.wanted, this.seen] = [null, null, null, []];
    for (const canvas of this.canvases) Object.assign(canvas, { width, height: places });
    this.lines.setAttribute("viewBox", `0 0 ${width} ${places}`);
    find(this.element, ".letters").hidden = !lettered;
    this.element.style.setProperty("--shape", String((width * ratio) / places));
  }

  /**
   * Get a cut, unless the one that is there or under way will do. Of several that are wanted, the last one counts.
   * @param {Source} source
   * @param {number} at
   * @param {import("./survey.js").Surveyed} surveyed
   * @param {number} more  Get it again when so many further slices are segmented, or all.
   */
  async want(source, at, { stack, seen }, more) {
    const last = this.wanted ?? this.latest;
    const known = last ? last.seen.filter(Boolean).length : 0;
    const stale = seen - known >= more || (seen === stack.length && known < seen);
    if (last && last.at === at && sameCase(last.source, source) && !stale) return;
    this.wanted = { source, at, seen: stack.map(Boolean) };
    if (this.asking) return;
    this.asking = true;
    try {
      while (this.wanted) await this.get(this.wanted);
    } finally {
      this.asking = false;
    }
  }

  /** @param {Wanted} wanted */
  async get(wanted) {
    [this.wanted, this.latest] = [null, wanted];
    try {
      const plane = await this.engine.plane(wanted.source, this.plane, wanted.at);
      if (this.latest !== wanted) return; // another case is open by now
      [this.look, this.seen] = [new Look(plane), wanted.seen];
      this.onCame();
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      this.onRefused(error.message);
    }
  }

  get hasUnseen() {
    return this.seen.includes(false);
  }

  /**
   * The slices and the mask, which do not change with the threshold.
   * @param {import("./pixels.js").Window} window
   */
  paintSlices(window) {
    this.look?.paintSlice(pen(this.canvases[0]), window);
    this.look?.paintMask(pen(this.canvases[2]));
  }

  /**
   * @param {import("./store.js").View} view
   * @param {number} level
   */
  paintPrediction({ mode, opacity, truth }, level) {
    const [, overlay, traced] = this.canvases;
    overlay.style.opacity = String(opacity / 100);
    traced.style.visibility = truth ? "visible" : "hidden";
    this.look?.paintPrediction(pen(overlay), mode, level);
  }

  /**
   * Draw where the slice in view lies and where the crosshair is, and which slices nobody has looked at.
   * @param {number} along
   * @param {number} place
   * @param {boolean} cross
   */
  drawLines(along, place, cross) {
    this.here = { along, place };
    const { width, places, ratio } = this.size;
    const [x, y] = [along + 0.5, places - place - 0.5];
    const [gapX, gapY] = [GAP * width, GAP * width * ratio];
    const level = `M0 ${y}H${Math.max(0, x - gapX)}M${Math.min(width, x + gapX)} ${y}H${width}`;
    const upright = `M${x} 0V${Math.max(0, y - gapY)}M${x} ${Math.min(places, y + gapY)}V${places}`;
    find(this.lines, ".at", SVGPathElement).setAttribute("d", cross ? level + upright : level);
    const bands = this.seen.map((seen, i) => (seen ? "" : `M0 ${places - 1 - i}h${width}v1h${-width}z`));
    find(this.lines, ".unseen", SVGPathElement).setAttribute("d", bands.join(""));
  }

  listen() {
    const { element } = this;
    /** @param {PointerEvent} event */
    const go = ({ clientX, clientY }) => {
      const box = element.getBoundingClientRect();
      this.go((clientX - box.left) / box.width * this.size.width, (1 - (clientY - box.top) / box.height) * this.size.places);
    };
    element.addEventListener("pointerdown", (event) => {
      if (event.button) return;
      element.setPointerCapture(event.pointerId);
      go(event);
    });
    element.addEventListener("pointermove", (event) => element.hasPointerCapture(event.pointerId) && go(event));
    element.addEventListener("keydown", (event) => {
      const step = STEPS[event.key];
      if (!step) return;
      event.preventDefault();
      this.go(this.here.along + step[0], this.here.place + step[1]);
    });
  }

  /**
   * @param {number} along
   * @param {number} place
   */
  go(along, place) {
    const { width, places } = this.size;
    this.onGo(clamp(Math.floor(along), 0, width - 1), clamp(Math.floor(place), 0, places - 1));
  }
}
