/* Inside the U-Net: the levels of the loaded model, the maps of one of them, and its skip connections.

   show({levels, level, cut, grid, kernels, picture, dice, diceCut, area, threshold, problem}). It tells 'choose' with
   JSON {level, cut} when a person wants another level or cuts a skip connection. */
const TELLS = {
  encoder: "On the way down. Bright is where this filter answers. Near the top the maps show edges and brightness; "
    + "further down they answer to larger shapes, at fewer pixels.",
  bottleneck: "The bottom. Few pixels, many maps: each pixel has seen a large part of the abdomen. It knows roughly where "
    + "the organ is, not where its edge runs.",
  decoder: "On the way up. Coarse knowledge from below meets the detail that the skip connection brings.",
};

class NetworkMap {
  constructor(root, { value, tell }) {
    this.root = root;
    this.find = (selector) => root.querySelector(selector);
    const start = JSON.parse(value);
    this.wish = {
      level: recalled("level") ?? start.level,
      cut: (recalled("cut") ?? "").split(",").filter(Boolean).map(Number),
    };
    this.tell = tell;
    this.asked = recalled("level") === null && recalled("cut") === null;
    this.find("form").addEventListener("submit", (event) => event.preventDefault());
    this.find(".u").addEventListener("click", (event) => {
      const button = event.target.closest("[data-level]");
      if (button) this.choose({ level: button.dataset.level });
    });
    this.find(".u").addEventListener("change", () => {
      const boxes = [...root.querySelectorAll("[data-skip]")];
      this.choose({ cut: boxes.filter((box) => !box.checked).map((box) => Number(box.dataset.skip)) });
    });
    this.find(".tiles").addEventListener("click", (event) => this.enlargeAt(event));
  }

  choose(change) {
    Object.assign(this.wish, change);
    remember({ level: this.wish.level, cut: this.wish.cut.length ? this.wish.cut.join(",") : null });
    this.tell("choose", JSON.stringify(this.wish));
  }

  show(data) {
    const place = this.find(".notice");
    place.textContent = data.problem || "";
    place.hidden = !data.problem;
    if (!data.levels) return;
    if (!this.asked) { // the address asks for another view than the one Python began with
      this.asked = true;
      this.tell("choose", JSON.stringify(this.wish));
      return;
    }
    this.wish = { level: data.level, cut: data.cut };
    this.data = data;
    this.drawLevels(data);
    this.find(".picture").src = data.picture;
    this.find(".cut-says").textContent = this.sayCut(data);
    this.drawMaps(data);
    this.drawKernels(data.kernels);
    this.find("form").dataset.shown = `${data.level}/${data.cut.join(",")}`;
  }

  /* A row for each depth: the level down, the skip connection, the level up; the bottom alone in the last. */
  drawLevels({ levels, level, cut }) {
    const bottom = (levels.length - 1) / 2;
    const focused = document.activeElement && document.activeElement.dataset.level;
    const rows = [];
    for (let depth = 0; depth <= bottom; depth++) {
      const row = document.createElement("div");
      row.className = "row";
      row.style.setProperty("--depth", String(depth));
      row.append(levelButton(levels[depth], level));
      if (depth < bottom) {
        row.append(skipBox(depth, !cut.includes(depth)), levelButton(levels[levels.length - 1 - depth], level));
      }
      rows.push(row);
    }
    this.find(".u").replaceChildren(...rows);
    if (focused) this.find(`[data-level=${CSS.escape(focused)}]`)?.focus();
  }

  sayCut({ cut, dice, diceCut, area }) {
    const put = (value) => (value === null ? "n/a" : value.toFixed(3));
    if (dice === null && diceCut === null) return `${area.toLocaleString("en")} pixels found.`;
    if (!cut.length) return `Dice ${put(dice)} with every skip connection.`;
    const names = cut.map((skip) => skip + 1).join(", ");
    return `Dice ${put(diceCut)} without skip ${names}; ${put(dice)} with all of them.`;
  }

  drawMaps({ levels, level, grid }) {
    const chosen = levels.find(({ name }) => name === level);
    this.find(".level-title").textContent = titleOf(chosen.name);
    const kind = chosen.name.split("_")[0];
    this.find(".level-says").textContent = `${chosen.filters} maps of ${chosen.width} x ${chosen.height} pixels. ${TELLS[kind]} `
      + "Each map is drawn from its smallest value (black) to its largest (white).";
    paintGrid(this.find(".tiles"), grid);
    this.find(".tiles").setAttribute("aria-label", `${chosen.filters} feature maps`);
    this.enlarge(0);
  }

  enlargeAt(event) {
    const { grid } = this.data;
    const box = this.find(".tiles").getBoundingClientRect();
    const column = Math.floor(((event.clientX - box.left) / box.width) * grid.columns);
    const row = Math.floor(((event.clientY - box.top) / box.height) * grid.rows);
    this.enlarge(Math.min(grid.count - 1, row * grid.columns + column));
  }

  enlarge(number) {
    const { url, columns, rows, width, height } = this.data.grid;
    const one = this.find(".one");
    one.style.aspectRatio = `${width} / ${height}`;
    one.style.backgroundImage = `url(${url})`;
    one.style.backgroundSize = `${columns * 100}% ${rows * 100}%`;
    const place = (at, of) => (of > 1 ? (at / (of - 1)) * 100 : 0);
    one.style.backgroundPosition = `${place(number % columns, columns)}% ${place(Math.floor(number / columns), rows)}%`;
    this.find("figcaption").textContent = `Map ${number + 1} of ${this.data.grid.count}. Click another one.`;
  }

  drawKernels(kernels) {
    const blocks = kernels.map((kernel) => {
      const block = document.createElement("div");
      const title = document.createElement("h3");
      title.textContent = `The first kernels: ${kernel.count} of ${kernel.width} x ${kernel.height}`;
      const says = document.createElement("p");
      says.className = "quiet";
      says.textContent = "These look at the slice itself: white weighs for, black against.";
      const tiles = document.createElement("div");
      tiles.className = "tiles";
      paintGrid(tiles, kernel);
      block.append(title, says, tiles);
      return block;
    });
    this.find(".kernels").replaceChildren(...blocks);
  }
}

function paintGrid(place, { url, columns, rows, width, height }) {
  place.style.aspectRatio = `${columns * width} / ${rows * height}`;
  place.style.backgroundImage = `url(${url})`;
  place.style.setProperty("--columns", String(columns));
  place.style.setProperty("--rows", String(rows));
}

function titleOf(name) {
  const [kind, depth] = name.split("_");
  if (kind === "bottleneck") return "Bottom";
  return `${kind === "encoder" ? "Down" : "Up"} ${Number(depth) + 1}`;
}

function levelButton(level, chosen) {
  const button = document.createElement("button");
  button.type = "button";
  button.dataset.level = level.name;
  button.setAttribute("aria-pressed", String(level.name === chosen));
  for (const [tag, text] of [
    ["b", titleOf(level.name)], ["span", `${level.filters} maps`], ["span", `${level.width} x ${level.height}`],
  ]) button.appendChild(document.createElement(tag)).textContent = text;
  return button;
}

function skipBox(depth, on) {
  const label = document.createElement("label");
  label.className = "skip";
  const box = label.appendChild(document.createElement("input"));
  box.type = "checkbox";
  box.checked = on;
  box.dataset.skip = String(depth);
  label.append(` skip ${depth + 1}`);
  return label;
}
