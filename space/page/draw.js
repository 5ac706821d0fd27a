/* Draw against the U-Net: a mask of one's own, its Dice beside the network's, all three over one another.

   show(data) takes the slice viewer's data, and `level`, the grey level of the probability map from which the network
   counts a pixel. */
const YOURS = EXTRA;
const LARGEST_HISTORY = 40;
const TOOL_SAYS = {
  trace: "Draw around the organ; the inside fills when you let go.",
  brush: "Paint the organ.",
  eraser: "Rub out.",
  move: "Drag to pan. The buttons on the slice zoom.",
};

class DrawPad {
  constructor(root) {
    this.root = root;
    this.find = (selector) => root.querySelector(selector);
    this.image = null;
    this.tool = "trace";
    this.stage = new Stage(this.find(".stage"), { onDrag: (event) => this.startStroke(event) });
    this.listen();
    this.setTool("trace");
    this.setSize(8);
  }

  async show(data) {
    if (this.image && this.image.key === data.base && data.truth === this.image.truthKey) return; // the drawing stays
    const place = this.find(".notice");
    place.textContent = data.problem || "";
    place.hidden = !data.problem;
    if (!data.base) return;
    const [base, prob, truth] = await Promise.all(
      [data.base, data.prob, data.truth].map((url) => (url ? decodePng(url) : null)));
    const { width, height } = base;
    const pixels = new ImageData(width, height);
    this.image = {
      key: data.base, truthKey: data.truth, width, height, pixels,
      out: new Uint32Array(pixels.data.buffer),
      yours: new Uint8Array(width * height),
      unet: prob.grey.map((value) => (value >= data.level ? 255 : 0)),
      truth: truth && truth.grey.map((value) => (value > 127 ? 255 : 0)),
    };
    this.past = [];
    this.stage.fit(width, height);
    this.find("form").classList.toggle("has-mask", Boolean(truth));
    this.drawBase(base.grey);
    this.changed();
    if (Math.min(width, height) >= 400) this.stage.zoomAt(1.6); // the body's middle: the organ is small
    this.find("form").dataset.shown = data.name;
  }

  drawBase(grey) {
    const { out, pixels } = this.image;
    for (let i = 0; i < out.length; i++) out[i] = word([grey[i], grey[i], grey[i]]);
    this.find(".base").getContext("2d").putImageData(pixels, 0, 0);
  }

  /* ---------- strokes ---------- */

  startStroke(event) {
    if (!this.image || this.tool === "move" || event.button) return null;
    this.past.push(this.image.yours.slice());
    if (this.past.length > LARGEST_HISTORY) this.past.shift();
    const path = [this.stage.pixelAt(event)];
    if (this.tool !== "trace") this.dab(path[0], path[0]);
    this.changed(path);
    return (next, last = false) => {
      const pixel = this.stage.pixelAt(next);
      if (this.tool !== "trace") this.dab(path[path.length - 1], pixel);
      path.push(pixel);
      if (last && this.tool === "trace") fillOutline(this.image, path);
      this.changed(last ? [] : path);
    };
  }

  /* Paint or rub out a round dab at every pixel's step from a to b. */
  dab(a, b) {
    const { width, height, yours } = this.image;
    const radius = this.size / 2;
    const value = this.tool === "brush" ? 255 : 0;
    const steps = Math.max(1, Math.ceil(Math.hypot(b.x - a.x, b.y - a.y)));
    for (let step = 0; step <= steps; step++) {
      const cx = a.x + ((b.x - a.x) * step) / steps;
      const cy = a.y + ((b.y - a.y) * step) / steps;
      for (let y = Math.max(0, Math.floor(cy - radius)); y < Math.min(height, cy + radius); y++) {
        for (let x = Math.max(0, Math.floor(cx - radius)); x < Math.min(width, cx + radius); x++) {
          if (Math.hypot(x + 0.5 - cx, y + 0.5 - cy) <= radius) yours[y * width + x] = value;
        }
      }
    }
  }

  undo() {
    if (this.past.length) this.image.yours = this.past.pop();
    this.changed();
  }

  wipe() {
    this.past.push(this.image.yours.slice());
    this.image.yours.fill(0);
    this.changed();
  }

  /* ---------- showing ---------- */

  changed(path = []) {
    const some = this.image.yours.some(Boolean);
    this.find(".undo").disabled = !this.past.length;
    this.find(".wipe").disabled = this.find(".compare").disabled = !some;
    this.setCompared(false);
    this.paint(this.tool === "trace" ? path : []);
  }

  setCompared(on) {
    this.find("form").classList.toggle("is-compared", on);
    if (on) this.showOutcome();
    this.paint();
  }

  paint(path = []) {
    const { width, height, out, pixels, yours, unet, truth } = this.image;
    const compared = this.find("form").classList.contains("is-compared");
    out.fill(0);
    for (let i = 0; i < out.length; i++) if (yours[i]) out[i] = word(YOURS, 70);
    const layers = compared ? [[unet, PREDICTION], [truth, REFERENCE], [yours, YOURS]] : [[yours, YOURS]];
    for (const [mask, colour] of layers) {
      if (!mask) continue;
      const low = lowestNeighbour(mask, width, height);
      for (let i = 0; i < out.length; i++) if (mask[i] && !low[i]) out[i] = word(colour);
    }
    const context = this.find(".ink").getContext("2d");
    context.putImageData(pixels, 0, 0);
    if (path.length < 2) return;
    context.strokeStyle = `rgb(${YOURS})`;
    context.lineWidth = 1.5;
    context.beginPath();
    for (const { x, y } of path) context.lineTo(x, y);
    context.stroke();
  }

  showOutcome() {
    const { yours, unet, truth } = this.image;
    for (const [who, mask] of [["yours", yours], ["unet", unet]]) {
      this.find(`[data-${who}=area]`).textContent = mask.reduce((sum, value) => sum + (value > 0), 0).toLocaleString("en");
      if (!truth) continue;
      const { tp, fp, fn } = countPixels(mask, truth);
      const scores = scoresOf(tp, fp, fn);
      for (const name of ["dice", "precision", "recall"]) putScore(this.find(`[data-${who}=${name}]`), scores[name]);
    }
    this.find(".verdict").textContent = truth
      ? verdict(...["yours", "unet"].map((who) => Number(this.find(`[data-${who}=dice]`).dataset.value)))
      : "This slice has no mask: there is nothing to score either of you against.";
  }

  /* ---------- controls ---------- */

  setTool(tool) {
    this.tool = tool;
    this.find(".tool-says").textContent = TOOL_SAYS[tool];
    this.find(".size").disabled = tool === "trace" || tool === "move";
    this.find(".stage").classList.toggle("drawing", tool !== "move"); // else a finger scrolls the page
  }

  setSize(size) {
    this.size = size;
    this.find(".size").value = String(size);
    this.find(".size-text").textContent = `${size} px`;
  }

  listen() {
    const on = (selector, event, act) => this.find(selector).addEventListener(event, (e) => act(e.target, e));
    on("form", "submit", (_, event) => event.preventDefault());
    on(".tool", "change", (button) => this.setTool(button.value));
    on(".size", "input", (slider) => this.setSize(Number(slider.value)));
    on(".undo", "click", () => this.undo());
    on(".wipe", "click", () => this.wipe());
    on(".compare", "click", () => this.setCompared(true));
  }
}

/* Fill the inside of a closed outline: a pixel counts if its middle lies inside (even-odd rule). */
function fillOutline({ width, height, yours }, path) {
  for (let y = 0; y < height; y++) {
    const crossings = [];
    for (let i = 0; i < path.length; i++) {
      const [a, b] = [path[i], path[(i + 1) % path.length]];
      if (a.y <= y + 0.5 !== b.y <= y + 0.5) crossings.push(a.x + ((y + 0.5 - a.y) / (b.y - a.y)) * (b.x - a.x));
    }
    crossings.sort((a, b) => a - b);
    for (let i = 0; i + 1 < crossings.length; i += 2) {
      const from = clamp(Math.ceil(crossings[i] - 0.5), 0, width);
      const to = clamp(Math.ceil(crossings[i + 1] - 0.5), 0, width);
      yours.fill(255, y * width + from, y * width + to);
    }
  }
}

function verdict(yours, unet) {
  if (Number.isNaN(yours)) return "The mask is empty and so is your drawing: there is no Dice.";
  if (yours > unet) return "You are closer to the mask than the U-Net.";
  if (yours === unet) return "A draw.";
  return yours === 0
    ? "No overlap with the mask. The pancreas lies in front of the spine, between duodenum and spleen: try again."
    : "The U-Net is closer to the mask. Look where your outline leaves it.";
}
