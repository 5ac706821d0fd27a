/* A line chart in SVG: axes, lines, what the pointer is at, and a marker that can be dragged. */
const SVG = "http://www.w3.org/2000/svg";
const MARGIN = { top: 8, right: 10, bottom: 34, left: 40 };

function svgElement(name, attributes, parent, text = "") {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.textContent = text;
  parent.append(made);
  return made;
}

class LineChart {
  /* root: an empty element of fixed height. axes: {x: {from, to, label, ticks}, y: the same}, ticks being values.
     onPick(x), if given, is called while a person drags or clicks along the x axis. */
  constructor(root, { label, x, y, onPick = null }) {
    this.root = root;
    this.axes = { x, y };
    this.series = [];
    this.marked = null;
    root.classList.add("chart");
    this.svg = svgElement("svg", { role: "img", "aria-label": label }, root);
    this.tip = root.appendChild(document.createElement("p"));
    this.tip.className = "chart-tip";
    this.tip.setAttribute("aria-hidden", "true");
    this.listen(onPick);
    new ResizeObserver(() => this.render()).observe(root);
  }

  /* series: [{name, line: 1..4, dashed, points: [[x, y], ...]}]; a point whose y is NaN or null is left out. */
  draw(series, axes = this.axes) {
    this.series = series;
    this.axes = axes;
    this.render();
  }

  /* Move the marker to x, or take it away with null. */
  mark(x, text = "") {
    this.marked = x === null ? null : { x, text };
    this.placeMarker();
  }

  atX(value) {
    const { from, to } = this.axes.x;
    return MARGIN.left + ((value - from) / (to - from)) * this.width;
  }

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
    for (const { line, dashed, points } of this.series) {
      const known = points.filter(([, y]) => y !== null && !Number.isNaN(y));
      const path = known.map(([x, y], i) => `${i ? "L" : "M"}${this.atX(x).toFixed(1)} ${this.atY(y).toFixed(1)}`);
      svgElement("path", { d: path.join(""), class: `line line-${line}${dashed ? " dashed" : ""}` }, this.svg);
    }
    this.marker = svgElement("g", { class: "marker" }, this.svg);
    this.placeMarker();
  }

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
    const late = at > MARGIN.left + this.width * 0.7;
    const place = { x: at + (late ? -6 : 6), y: bottom - 8, "text-anchor": late ? "end" : "start" };
    if (this.marked.text) svgElement("text", place, this.marker, this.marked.text);
  }

  listen(onPick) {
    this.onPick = onPick;
    const valueAt = (event) => {
      const { from, to } = this.axes.x;
      const along = (event.clientX - this.svg.getBoundingClientRect().left - MARGIN.left) / this.width;
      return clamp(from + along * (to - from), from, to);
    };
    let held = false;
    this.svg.addEventListener("pointerdown", (event) => {
      if (!onPick) return;
      held = true;
      this.svg.setPointerCapture(event.pointerId);
      onPick(valueAt(event), false);
    });
    this.svg.addEventListener("pointermove", (event) => {
      if (held) onPick(valueAt(event), false);
      this.showTip(valueAt(event));
    });
    this.svg.addEventListener("pointerup", (event) => {
      if (held) onPick(valueAt(event), true);
      held = false;
    });
    this.svg.addEventListener("pointercancel", () => { held = false; });
    this.svg.addEventListener("pointerleave", () => { this.tip.textContent = ""; });
    if (onPick) this.svg.classList.add("pickable");
  }

  /* The values of every line at the point nearest to x. */
  showTip(x) {
    if (!this.series.length) return;
    let nearest = null;
    const values = [];
    for (const { name, points } of this.series) {
      if (!points.length) continue;
      const [at, y] = points.reduce((a, b) => (Math.abs(b[0] - x) < Math.abs(a[0] - x) ? b : a));
      nearest ??= at;
      if (y !== null && !Number.isNaN(y)) values.push(`${name} ${y.toFixed(3)}`);
    }
    const place = Number.isInteger(nearest) ? nearest : nearest.toFixed(2);
    this.tip.textContent = `${this.axes.x.label} ${place}: ${values.join(", ")}`;
  }
}
