/* The slice viewer: slice, prediction, mask, and every number under one threshold, with no call to the server.

   show({name, base, prob, truth, table, hu, notes, problem, threshold}): base, prob and truth are PNG data URLs of one size
   (truth may be null); row t of the table counts [tp, fp, fn] of 'prob >= t'; hu is the window [low, high] of
   the grey levels, or null where it is not known. It tells 'release' when a person has let the threshold go. */

const LEGENDS = {
  fill: "<span class='key predicted'></span>predicted by the U-Net",
  contour: "<span class='key predicted hollow'></span>predicted by the U-Net",
  error: "<span class='key predicted full'></span>found<span class='key extra full'></span>too much"
    + "<span class='key traced full'></span>missed",
  heat: "<span class='ramp'></span>probability, 0 to 1, and the outline at the threshold",
};
const BEST_HINT = "It is found with the answer in hand: on a new patient there is no mask to look at.";
const WHOLE_WINDOW = { level: 128, width: 256 };

class SliceViewer {
  constructor(root, { value, tell }) {
    this.root = root;
    this.tell = tell;
    this.find = (selector) => root.querySelector(selector);
    this.image = null;
    this.ticket = 0; // the newest slice wins when two overlap
    this.window = { ...WHOLE_WINDOW };
    this.plot = new LineChart(this.find(".plot"), {
      label: "Dice, precision and recall over the threshold",
      x: { from: 0, to: 1, label: "threshold", ticks: [0, 0.25, 0.5, 0.75, 1] },
      y: { from: 0, to: 1, label: "", ticks: [0, 0.5, 1] },
      onPick: (threshold, done) => this.setLevel(levelOf(threshold), done),
    });
    this.stage = new Stage(this.find(".stage"), {
      onDrag: (event) => this.dragWindow(event),
      onPoint: (pixel) => this.read(pixel),
    });
    this.listen();
    this.mode = "fill";
    this.level = levelOf(Number(recalled("threshold") ?? value) || 0);
    this.setOpacity(clamp(Number(recalled("opacity") ?? 100) || 0, 0, 100));
    this.setTruth(recalled("mask") !== "0");
    this.setWindow({});
  }

  async show(slice) {
    const mine = ++this.ticket;
    this.notice(slice.problem || "");
    this.find(".notes").textContent = slice.notes || "";
    if (!slice.base) return this.clear();
    const [base, prob, truth] = await Promise.all(
      [slice.base, slice.prob, slice.truth].map((url) => (url ? decodePng(url) : null)));
    if (mine !== this.ticket) return; // a newer slice came while this one was decoded
    const first = !this.image;
    this.image = preparedSlice(slice, base, prob, truth);
    this.stage.fit(base.width, base.height);
    this.find("form").classList.toggle("has-mask", Boolean(truth));
    this.drawTruth(truth);
    this.setWindow(first ? {} : WHOLE_WINDOW);
    this.plotTable();
    this.setMode(first ? recalled("mode") || "fill" : this.mode);
    this.setLevel(this.level);
    this.find(".best-says").textContent = BEST_HINT;
    if (!first) remember({ case: slice.case });
    if (!this.image.intact) this.notice("This browser changed the probability map, so the overlay may differ by a level.");
    this.find("form").dataset.shown = slice.name;
  }

  clear() {
    this.image = null;
    this.stage.fit(1, 1);
    this.find("form").classList.remove("has-mask");
    this.plot.draw([]);
    this.setMode(this.mode);
    this.showScores();
    this.find("form").dataset.shown = "";
  }

  notice(sentence) {
    const place = this.find(".notice");
    place.textContent = sentence;
    place.hidden = !sentence;
  }

  /* ---------- drawing ---------- */

  drawTruth(truth) {
    if (!truth) return;
    const { out, pixels, width, height } = this.image;
    const low = lowestNeighbour(truth.grey, width, height);
    for (let i = 0; i < out.length; i++) out[i] = truth.grey[i] > 127 && low[i] <= 127 ? RED : 0;
    this.find(".truth").getContext("2d").putImageData(pixels, 0, 0);
  }

  drawBase() {
    if (!this.image) return;
    const { base, out, pixels } = this.image;
    const { level, width } = this.window;
    const table = Uint32Array.from({ length: 256 }, (_, grey) => {
      const shown = Math.round(clamp(((grey - level + width / 2) / width) * 256, 0, 255));
      return word([shown, shown, shown]);
    });
    for (let i = 0; i < out.length; i++) out[i] = table[base[i]];
    this.find(".base").getContext("2d").putImageData(pixels, 0, 0);
  }

  /* One pass over the pixels: a colour for each of the 512 codes is the whole look of a mode. */
  paint() {
    if (!this.image) return;
    const { code, low, out, pixels } = this.image;
    const { level, mode } = this;
    const table = coloursOf(mode, level);
    const lined = mode === "contour" || mode === "heat" || mode === "fill";
    const line = mode === "heat" ? word([255, 255, 255]) : BLUE;
    for (let i = 0; i < out.length; i++) {
      out[i] = lined && low[i] < level && (code[i] & 255) >= level ? line : table[code[i]];
    }
    this.find(".overlay").getContext("2d").putImageData(pixels, 0, 0);
  }

  showScores() {
    const row = this.image && this.image.table && this.image.table[this.level];
    const [tp, fp, fn] = row || [NaN, NaN, NaN];
    for (const [name, value] of Object.entries(scoresOf(tp, fp, fn))) putScore(this.find(`[data-score=${name}]`), value);
    this.find(".dice-says").textContent = !row
      ? "add a mask to get the Dice"
      : tp + fp + fn ? "Dice similarity coefficient" : "no Dice: the mask is empty and nothing is predicted";
    if (!row) this.find("[data-score=dice]").textContent = "?";
    this.find(".area").textContent = this.image ? this.image.above[this.level].toLocaleString("en") : "0";
    if (row) this.find(".reference").textContent = (tp + fn).toLocaleString("en");
  }

  plotTable() {
    const { table } = this.image;
    if (!table) return this.plot.draw([]);
    const rows = table.map(([tp, fp, fn], level) => [level / 255, scoresOf(tp, fp, fn)]);
    const line = (name, number) => ({ name, line: number, points: rows.map(([x, scores]) => [x, scores[name]]) });
    this.plot.draw([line("recall", 3), line("precision", 2), line("dice", 1)]);
  }

  /* ---------- what can be set ---------- */

  setLevel(level, released = false) {
    this.level = level;
    this.find(".threshold").value = String(level);
    const text = (level / 255).toFixed(2);
    this.find(".threshold").setAttribute("aria-valuetext", text);
    this.find(".threshold-text").textContent = text;
    this.plot.mark(level / 255, text);
    this.paint();
    this.showScores();
    if (released) this.release();
  }

  /* Rounded down, so that the link's threshold gives this level again. */
  release() {
    remember({ threshold: (Math.floor((this.level / 255) * 1000) / 1000).toFixed(3) });
    clearTimeout(this.settling); // a held arrow key is one release
    this.settling = setTimeout(() => this.tell("release", this.level / 255), 200);
  }

  setMode(mode) {
    const button = this.find(`[name=mode][value="${CSS.escape(mode)}"]`);
    const known = button && (mode !== "error" || this.find("form").classList.contains("has-mask"));
    this.mode = known ? mode : "fill";
    this.find(`[name=mode][value=${this.mode}]`).checked = true;
    this.find("[name=mode][value=error]").disabled = !this.find("form").classList.contains("has-mask");
    this.find(".legend").innerHTML = LEGENDS[this.mode]
      + (this.mode === "error" ? "" : "<span class='with-mask'><span class='key traced hollow'></span>the mask</span>");
    this.paint();
  }

  setOpacity(percent) { // left to the compositor: no pixel is touched
    this.find(".opacity").value = String(percent);
    this.find(".opacity-text").textContent = `${percent} %`;
    this.find(".overlay").style.opacity = String(percent / 100);
  }

  setTruth(on) {
    this.find(".show-truth").checked = on;
    this.find(".truth").style.visibility = on ? "visible" : "hidden";
  }

  setWindow(change) {
    Object.assign(this.window, change);
    this.window.level = clamp(this.window.level, 0, 255);
    this.window.width = clamp(this.window.width, 16, 512);
    const { level, width } = this.window;
    const [low, high] = (this.image && this.image.hu) || [0, 256];
    const unit = this.image && this.image.hu ? " HU" : "";
    const scale = (high - low) / 256;
    this.find(".level").value = String(level);
    this.find(".width").value = String(width);
    this.find(".level-text").textContent = `${Math.round(low + level * scale)}${unit}`;
    this.find(".width-text").textContent = `${Math.round(width * scale)}${unit}`;
    this.drawBase();
  }

  chooseBest() {
    const dice = this.image.table.map((row) => scoresOf(...row).dice);
    const best = dice.reduce((a, b, level) => (b > (Number.isNaN(dice[a]) ? -1 : dice[a]) ? level : a), 0);
    const before = shownScore(dice[this.level]);
    this.setLevel(best, true);
    this.find(".best-says").textContent = `Dice ${before} became ${shownScore(dice[best])}. That is cheating: the threshold was `
      + "chosen with the answer in hand. On a new patient there is no mask; an honest threshold comes from other slices.";
  }

  /* Say what lies under the pointer. */
  read(pixel) {
    if (!this.image) return;
    const { width, height, base, code, hu } = this.image;
    const [x, y] = [Math.floor(pixel.x), Math.floor(pixel.y)];
    if (x < 0 || y < 0 || x >= width || y >= height) return;
    const i = y * width + x;
    const probability = ((code[i] & 255) / 255).toFixed(2);
    this.find(".readout").textContent = `x ${x}, y ${y}: ${valueAt(base[i], hu)}, probability ${probability}`;
  }

  /* With the window tool, or the right button, a drag changes width (sideways) and level (up and down). */
  dragWindow(start) {
    if (start.button !== 2 && !this.find(".stage").classList.contains("windowing")) return null;
    const { level, width } = this.window;
    return (event) => this.setWindow({
      width: width + event.clientX - start.clientX,
      level: level + (event.clientY - start.clientY) / 2,
    });
  }

  listen() {
    const on = (selector, event, act) => this.find(selector).addEventListener(event, (e) => act(e.target, e));
    on("form", "submit", (_, event) => event.preventDefault());
    on(".threshold", "input", (slider) => this.setLevel(Number(slider.value)));
    on(".threshold", "change", (slider) => this.setLevel(Number(slider.value), true));
    on(".opacity", "input", (slider) => this.setOpacity(Number(slider.value)));
    on(".opacity", "change", (slider) => remember({ opacity: slider.value }));
    on(".level", "input", (slider) => this.setWindow({ level: Number(slider.value) }));
    on(".width", "input", (slider) => this.setWindow({ width: Number(slider.value) }));
    on(".reset-window", "click", () => this.setWindow(WHOLE_WINDOW));
    on(".best", "click", () => this.chooseBest());
    on(".modes", "change", (button) => {
      this.setMode(button.value);
      remember({ mode: button.value });
    });
    on(".show-truth", "change", (box) => {
      this.setTruth(box.checked);
      remember({ mask: box.checked ? null : "0" });
    });
    on(".window-tool", "click", (button) => {
      const pressed = this.find(".stage").classList.toggle("windowing");
      button.setAttribute("aria-pressed", String(pressed));
    });
    on(".stage", "contextmenu", (_, event) => event.preventDefault());
  }
}
