/* A line chart in SVG: axes, lines, what the pointer is at, and a marker that can be dragged. */

import { made } from "./dom.js";
import { clamp } from "./scores.js";

/**
 * @typedef {{from: number, to: number, label: string, ticks: number[]}} Axis
 * @typedef {object} Line
 * @property {string} name
 * @property {number} line  1 to 4, its colour.
 * @property {boolean} [dashed]
 * @property {boolean} [gaps]  Whether points without a value break the line.
 * @property {boolean} [dots]  Whether each point stands for itself, without a line.
 * @property {[number, number | null][]} points  Without a value (null or NaN) a point is left out.
 */

const SVG = "http://www.w3.org/2000/svg";
const MARGIN = { top: 8, right: 10, bottom: 34, left: 40 };

/**
 * @param {string} name
 * @param {Record<string, string | number>} attributes
 * @param {Element} parent
 */
function svgElement(name, attributes, parent, text = "") {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value));
  made.textContent = text;
  parent.append(made);
  return made;
}

export class LineChart {
  /**
   * @param {HTMLElement} root  Empty, of fixed height.
   * @param {object} options
   * @param {string} options.label
   * @param {Axis} options.x
   * @param {Axis} options.y
   * @param {((x: number, done: boolean) => void) | null} [options.onPick]  Called while a person drags or clicks along x.
   */
  constructor(root, { label, x, y, onPick = null }) {
    this.root = root;
    this.label = label;
    this.axes = { x, y };
    this.width = 0;
    this.height = 0;
    this.onPick = onPick;
    /** @type {Line[]} */
    this.series = [];
    /** @type {{x: number, text: string, y: number} | null} */
    this.marked = null;
    /** @type {Element | null} */
    this.marker = null;
    root.classList.add("chart");
    this.svg = svgElement("svg", { role: "img", "aria-label": label }, root);
    this.tip = root.appendChild(made("p", { class: "chart-tip", "aria-hidden": "true" }));
    this.listen();
    new ResizeObserver(() => this.render()).observe(root);
  }

  /** @param {Line[]} series */
  draw(series, axes = this.axes) {
    this.series = series;
    this.axes = axes;
    this.svg.setAttribute("aria-label", [`${this.label.replace(/\.$/, "")}.`, ...series.map(inWords)].join(" "));
    this.render();
  }

  /**
   * Move the marker.
   * @param {number} x
   * @param {string} text
   * @param {number} [y]  Where a dot lies on it; NaN for none.
   */
  mark(x, text, y = NaN) {
    this.marked = { x, text, y };
    this.placeMarker();
  }

  unmark() {
    this.marked = null;
    this.placeMarker();
  }

  /** @param {number} value */
  atX(value) {
    const { from, to } = this.axes.x;
    return MARGIN.left + ((value - from) / (to - from)) * this.width;
  }

  /** @param {number} value */
  atY(value) {
    const { from, to } = this.axes.y;
    return MARGIN.top + (1 - (value - from) / (to - from)) * this.height;
  }

  render() {
    const [width, height] = [this.root.clientWidth, this.root.clientHeight];
    if (!width || !height) return; // in a tab that is not open
    this.width = width - MARGIN.left - MARGIN.right;
    this.height = height - MARGIN.top - MARGIN.bottom;
    this.svg.replaceChildren();
    this.svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    this.renderAxes(width, height);
    for (const { line, dashed, gaps, dots, points } of this.series) {
      if (dots) {
        for (const [x, y] of known(points)) {
          svgElement("circle", { cx: this.atX(x), cy: this.atY(y), r: 3, class: `dot line-${line}` }, this.svg);
        }
        continue;
      }
      const runs = gaps ? runsOf(points) : [known(points)];
      const path = runs.map((run) => run.map(([x, y]) => `${this.atX(x).toFixed(1)} ${this.atY(y).toFixed(1)}`));
      const d = path.map((at) => `M${at.length > 1 ? at.join("L") : `${at}h0`}`); // a point alone is a dot
      const look = `line line-${line}${dashed ? " dashed" : ""}`;
      svgElement("path", { d: known(points).length ? d.join("") : "", class: look }, this.svg);
    }
    this.marker = svgElement("g", { class: "marker" }, this.svg);
    this.placeMarker();
  }

  /**
   * @param {number} width
   * @param {number} height
   */
  renderAxes(width, height) {
    const { x, y } = this.axes;
    for (const tick of y.ticks) {
      const at = this.atY(tick);
      svgElement("line", { x1: MARGIN.left, x2: width - MARGIN.right, y1: at, y2: at, class: "grid" }, this.svg);
      svgElement("text", { x: MARGIN.left - 6, y: at + 4, "text-anchor": "end" }, this.svg, String(tick));
    }
    for (const tick of x.ticks) {
      svgElement("text", { x: this.atX(tick), y: height - 18, "text-anchor": "middle" }, this.svg, String(tick));
    }
    const middle = MARGIN.left + this.width / 2;
    svgElement("text", { x: middle, y: height - 3, "text-anchor": "middle" }, this.svg, x.label);
    const turned = { x: 0, y: 0, "text-anchor": "middle" };
    const side = `translate(10 ${MARGIN.top + this.height / 2}) rotate(-90)`;
    if (y.label) svgElement("text", { ...turned, transform: side }, this.svg, y.label);
  }

  placeMarker() {
    if (!this.marker) return;
    this.marker.replaceChildren();
    if (!this.marked) return;
    const at = this.atX(this.marked.x);
    const bottom = MARGIN.top + this.height;
    svgElement("line", { x1: at, x2: at, y1: MARGIN.top, y2: bottom }, this.marker);
    if (this.onPick) svgElement("circle", { cx: at, cy: bottom, r: 6 }, this.marker);
    if (!Number.isNaN(this.marked.y)) {
      svgElement("circle", { cx: at, cy: this.atY(this.marked.y), r: 7, class: "here" }, this.marker);
    }
    const late = at > MARGIN.left + this.width * 0.7;
    const place = { x: at + (late ? -6 : 6), y: bottom - 8, "text-anchor": late ? "end" : "start" };
    if (this.marked.text) svgElement("text", place, this.marker, this.marked.text);
  }

  listen() {
    const { onPick } = this;
    /** @param {MouseEvent} event */
    const valueAt = (event) => {
      const { from, to } = this.axes.x;
      const along = (event.clientX - this.svg.getBoundingClientRect().left - MARGIN.left) / this.width;
      return clamp(from + along * (to - from), from, to);
    };
    this.svg.addEventListener("pointermove", (event) => this.showTip(valueAt(event)));
    this.svg.addEventListener("pointerleave", () => { this.tip.textContent = ""; });
    if (!onPick) return;
    let held = false;
    this.svg.addEventListener("pointerdown", (event) => {
      held = true;
      this.svg.setPointerCapture(event.pointerId);
      onPick(valueAt(event), false);
    });
    this.svg.addEventListener("pointermove", (event) => {
      if (held) onPick(valueAt(event), false);
    });
    this.svg.addEventListener("pointerup", (event) => {
      if (held) onPick(valueAt(event), true);
      held = false;
    });
    this.svg.addEventListener("pointercancel", () => { held = false; });
    this.svg.classList.add("pickable");
  }

  /**
   * Tell the values at the point nearest to x, of every line that has one there.
   * @param {number} x
   */
  showTip(x) {
    const all = this.series.flatMap(({ points }) => points.map(([at]) => at));
    if (!all.length) return;
    const at = all.reduce((a, b) => (Math.abs(b - x) < Math.abs(a - x) ? b : a));
    const values = this.series.flatMap(({ name, points }) => (
      known(points.filter((point) => point[0] === at)).map(([, y]) => `${name} ${y.toFixed(3)}`)));
    this.tip.textContent = `${this.axes.x.label} ${Number.isInteger(at) ? at : at.toFixed(2)}: ${values.join(", ")}`;
  }
}

/**
 * What a person who does not see a line can know of it: its ends, and where it is highest.
 * @param {Line} line
 */
function inWords({ name, points }) {
  const all = known(points);
  if (!all.length) return `${name}: no values.`;
  const highest = all.reduce((a, b) => (b[1] > a[1] ? b : a));
  const [first, top, last] = [all[0], highest, all[all.length - 1]].map(([x, y]) => `${short(y)} at ${short(x)}`);
  return `${name}: ${first}, highest ${top}, ${last}.`;
}

/** @param {number} value */
const short = (value) => (Number.isInteger(value) ? String(value) : value.toFixed(2));

/**
 * The points that have a value.
 * @param {[number, number | null][]} points
 * @returns {[number, number][]}
 */
function known(points) {
  return points.flatMap(([x, y]) => (y === null || Number.isNaN(y) ? [] : [[x, y]]));
}

/**
 * The points that have a value, in pieces that nothing is left out of.
 * @param {[number, number | null][]} points
 */
function runsOf(points) {
  /** @type {[number, number][][]} */
  const runs = [[]];
  for (const [x, y] of points) {
    if (y !== null && !Number.isNaN(y)) runs[runs.length - 1].push([x, y]);
    else if (runs[runs.length - 1].length) runs.push([]);
  }
  return runs.filter((run) => run.length);
}
