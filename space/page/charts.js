/* Line charts side by side, and a choice of what they show. */

import { LineChart } from "./chart.js";
import { find, findAll, made } from "./dom.js";

/**
 * @typedef {import("./chart.js").Axis} Axis
 * @typedef {import("./chart.js").Line} Line
 * @typedef {{title: string, caption: string, label: string, x: Axis, y: Axis, series: Line[],
 *   mark: {x: number, text: string}}} Plot
 */

export default class Charts {
  /**
   * @param {HTMLElement} root
   * @param {import("./page.js").Page} page
   * @param {{name: string, choice: string, views: {name: string, plots: Plot[]}[]}} data  Every view has as many plots;
   *   `name` is that of the choice in the address.
   */
  constructor(root, { address }, { name, choice, views }) {
    this.views = views;
    const choices = find(root, ".choices");
    choices.setAttribute("aria-label", choice);
    choices.replaceChildren(...views.map((view, i) => (
      made("label", {}, made("input", { type: "radio", name, value: String(i) }), made("span", {}, view.name)))));
    choices.hidden = views.length < 2;
    this.inputs = findAll(choices, "input", HTMLInputElement);
    this.inputs.forEach((input, i) => input.addEventListener("change", () => {
      this.choose(i);
      address.set({ [name]: views[i].name });
    }));
    find(root, "form").addEventListener("submit", (event) => event.preventDefault());
    this.figures = views[0].plots.map((plot) => new ChartFigure(plot));
    find(root, ".plots").replaceChildren(...this.figures.map((figure) => figure.root));
    this.choose(Math.max(0, views.findIndex((view) => view.name === address.get(name))));
  }

  /** @param {number} index */
  choose(index) {
    this.inputs[index].checked = true;
    this.figures.forEach((figure, i) => figure.show(this.views[index].plots[i]));
  }
}

class ChartFigure {
  /** @param {Plot} plot */
  constructor(plot) {
    this.title = made("h3");
    this.place = made("div");
    this.key = made("p", { class: "chart-key" });
    this.caption = made("figcaption", { class: "quiet" });
    this.root = made("figure", {}, this.title, this.place, this.key, this.caption);
    this.chart = new LineChart(this.place, plot);
  }

  /** @param {Plot} plot */
  show({ title, caption, label, x, y, series, mark }) {
    this.title.textContent = title;
    this.caption.textContent = caption;
    this.key.replaceChildren(
      ...series.map(({ name, line, dashed }) => made("span", { class: `line-${line}${dashed ? " dashed" : ""}` }, name)),
      ...(mark.text ? [made("span", { class: "marked" }, mark.text)] : [])); // on the chart it would cover a curve
    this.chart.svg.setAttribute("aria-label", label);
    this.chart.draw(series, { x, y });
    this.chart.mark(mark.x, "");
  }
}
