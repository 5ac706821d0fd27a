/* Line charts side by side, and a choice of what they show.

   show({name, choice, views: [{name, plots: [plot, ...]}]}): every view has as many plots; a plot is {title, caption,
   label, x, y, series, mark}, with series and axes as in chart.js and the mark {x, text}. */
class Charts {
  constructor(root) {
    this.form = root.querySelector("form");
    this.choices = root.querySelector(".choices");
    this.form.addEventListener("submit", (event) => event.preventDefault());
    this.choices.addEventListener("change", (event) => {
      this.choose(Number(event.target.value));
      remember({ [this.name]: this.views[Number(event.target.value)].name });
    });
  }

  show({ name, choice, views }) {
    this.name = name;
    this.views = views;
    this.choices.setAttribute("aria-label", choice);
    this.choices.replaceChildren(...views.map((view, i) => {
      const button = made("input", { type: "radio", name, value: String(i) });
      return made("label", {}, button, made("span", {}, view.name));
    }));
    this.choices.hidden = views.length < 2;
    this.figures = views[0].plots.map((plot) => new ChartFigure(plot));
    this.form.querySelector(".plots").replaceChildren(...this.figures.map((figure) => figure.root));
    this.choose(Math.max(0, views.findIndex((view) => view.name === recalled(name))));
  }

  choose(index) {
    this.choices.querySelectorAll("input")[index].checked = true;
    this.figures.forEach((figure, i) => figure.show(this.views[index].plots[i]));
  }
}

class ChartFigure {
  constructor(plot) {
    this.title = made("h3");
    this.place = made("div");
    this.key = made("p", { class: "chart-key" });
    this.caption = made("figcaption", { class: "quiet" });
    this.root = made("figure", {}, this.title, this.place, this.key, this.caption);
    this.chart = new LineChart(this.place, plot);
  }

  show({ title, caption, label, x, y, series, mark }) {
    this.title.textContent = title;
    this.caption.textContent = caption;
    this.key.replaceChildren(...series.map(({ name, line }) => made("span", { class: `line-${line}` }, name)));
    this.chart.svg.setAttribute("aria-label", label);
    this.chart.draw(series, { x, y });
    this.chart.mark(mark.x, mark.text);
  }
}

/* An element with attributes and children; a text is a child, so that nothing from a file becomes HTML. */
function made(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}
