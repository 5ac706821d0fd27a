/* Dice, by hand: two ellipses on a grid of pixels, to be dragged and resized; every score follows.

   A shape is its box in whole pixels, {x, y, w, h}, or null where it is empty. It is drawn, counted and measured as
   the pixels whose centres lie in the ellipse: what is seen is what is counted. */

import { find, findAll, made, pen } from "./dom.js";
import { EXTRA, PREDICTION, REFERENCE, lowestNeighbour } from "./pixels.js";
import { clamp, countPixels, putScore, scoresOf, shownScore } from "./scores.js";
import { Spoken } from "./spoken.js";

/**
 * @typedef {{x: number, y: number, w: number, h: number}} Box
 * @typedef {"prediction" | "mask"} Name
 * @typedef {object} Preset
 * @property {string} label
 * @property {Box | null} prediction
 * @property {Box | null} mask
 * @property {{x: number, y: number}} [stray]  One pixel more that is predicted.
 * @property {string} says
 */

const [WIDE, HIGH] = [64, 40];
/** @type {[number, number, number]} */
const BACKGROUND = [38, 43, 52];
/** @type {Record<string, [number, number]>} */
const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
/** @type {Name[]} */
const NAMES = ["prediction", "mask"];
const LARGE = { x: 10, y: 6, w: 44, h: 28 };
const TINY = { x: 30, y: 18, w: 4, h: 4 };
const MIDDLE = { x: 17, y: 10, w: 30, h: 20 };
/** @param {Box} box */
const aside = (box) => ({ ...box, x: box.x - 1 });

/** @type {Record<string, Preset>} */
const PRESETS = {
  small: {
    label: "Small overlap",
    prediction: { x: 12, y: 7, w: 26, h: 18 },
    mask: { x: 26, y: 14, w: 26, h: 18 },
    says: "A part of the mask is found and a part is missed; a part of what is marked lies outside the mask.",
  },
  none: {
    label: "No overlap",
    prediction: { x: 6, y: 10, w: 22, h: 18 },
    mask: { x: 35, y: 12, w: 22, h: 18 },
    says: "No pixel is shared. Dice is 0 for a near miss and for a far one; only the distance tells them apart.",
  },
  exact: {
    label: "Exact", prediction: MIDDLE, mask: MIDDLE,
    says: "Every pixel agrees: all overlap scores are 1 and the distance is 0.",
  },
  large: {
    label: "One pixel off, large", prediction: aside(LARGE), mask: LARGE,
    says: "A large structure, one pixel to the side: Dice hardly moves.",
  },
  tiny: {
    label: "One pixel off, tiny", prediction: aside(TINY), mask: TINY,
    says: "The same error of one pixel on a structure four pixels wide: a third of the Dice is lost.",
  },
  twice: {
    label: "Twice as large", prediction: { x: 14, y: 8, w: 36, h: 23 }, mask: { x: 20, y: 11, w: 24, h: 17 },
    says: "All of the mask is found, so recall is 1; half of what is marked is wrong, so precision is 0.5.",
  },
  stray: {
    label: "One stray pixel", prediction: MIDDLE, mask: MIDDLE, stray: { x: 61, y: 2 },
    says: "Exact but for one pixel in the corner: Dice hardly changes, the Hausdorff distance jumps.",
  },
  empty: {
    label: "Empty prediction", prediction: null, mask: MIDDLE,
    says: "Nothing is predicted: Dice and recall are 0. Precision is 0 / 0, and there is no distance to nothing.",
  },
  both: {
    label: "Both empty", prediction: null, mask: null,
    says: "0 / 0: Dice is undefined here. Some papers count it as 1, which flatters a network on slices without the organ.",
  },
};
const BY_HAND = "Your own shapes. Choose one of the cases above to start again.";

export default class DiceByHand {
  /**
   * @param {HTMLElement} root
   * @param {import("./page.js").Page} page
   */
  constructor(root, { address }) {
    this.root = root;
    this.address = address;
    this.form = find(root, "form", HTMLFormElement);
    this.canvas = find(root, "canvas", HTMLCanvasElement);
    /** @type {Record<Name, Box | null>} */
    this.boxes = { prediction: null, mask: null };
    /** @type {{x: number, y: number} | undefined} */
    this.stray = undefined;
    this.prediction = this.reference = new Uint8Array(WIDE * HIGH);
    this.spoken = new Spoken(this.form);
    this.form.addEventListener("submit", (event) => event.preventDefault());
    this.listenToPresets();
    for (const name of NAMES) {
      for (const place of findAll(root, `[data-shape=${name}]:is(.shape, .grip)`)) this.listenToPointer(place, name);
      this.listenToKeys(find(root, `.shape[data-shape=${name}]`), name);
    }
    const asked = address.get("shapes");
    this.choose(asked !== null && Object.hasOwn(PRESETS, asked) ? asked : "small");
    new ResizeObserver(() => this.paint()).observe(this.canvas);
  }

  /** @param {string} name */
  choose(name) {
    const { prediction, mask, stray, says } = PRESETS[name];
    this.boxes = { prediction, mask };
    this.stray = stray;
    this.render(name, says);
  }

  /**
   * Move a shape by whole pixels from where it was.
   * @param {Name} name
   * @param {Box} box
   * @param {number} dx
   * @param {number} dy
   */
  move(name, box, dx, dy) {
    this.change(name, { ...box, x: clamp(box.x + dx, 0, WIDE - box.w), y: clamp(box.y + dy, 0, HIGH - box.h) });
  }

  /**
   * Resize a shape; the corner opposite its letter is held.
   * @param {Name} name
   * @param {Box} box
   * @param {number} dw
   * @param {number} dh
   */
  resize(name, box, dw, dh) {
    if (name === "mask") { // its letter is at the lower right, that of the prediction at the upper left
      this.change(name, { ...box, w: clamp(box.w + dw, 1, WIDE - box.x), h: clamp(box.h + dh, 1, HIGH - box.y) });
    } else {
      const [right, bottom] = [box.x + box.w, box.y + box.h];
      const [w, h] = [clamp(box.w + dw, 1, right), clamp(box.h + dh, 1, bottom)];
      this.change(name, { x: right - w, y: bottom - h, w, h });
    }
  }

  /**
   * @param {Name} name
   * @param {Box} box
   */
  change(name, box) {
    this.boxes[name] = box;
    this.render("", BY_HAND);
  }

  /**
   * @param {string} chosen
   * @param {string} says
   */
  render(chosen, says) {
    [this.prediction, this.reference] = [pixelsOf(this.boxes.prediction), pixelsOf(this.boxes.mask)];
    if (this.stray) this.prediction[this.stray.y * WIDE + this.stray.x] = 1;
    this.paint();
    for (const name of NAMES) this.place(name, this.boxes[name]);
    this.showNumbers();
    for (const button of findAll(this.root, ".presets button", HTMLButtonElement)) {
      button.setAttribute("aria-pressed", String(button.value === chosen));
    }
    find(this.root, ".says").textContent = says;
  }

  /* Drawn in the screen's own pixels, so that the lines of the grid stay sharp and even. */
  paint() {
    const { prediction, reference } = this;
    const [width, height] = [this.canvas.clientWidth, this.canvas.clientHeight].map((v) => Math.round(v * devicePixelRatio));
    Object.assign(this.canvas, { width, height }); // also clears
    const context = pen(this.canvas);
    const colours = [BACKGROUND, EXTRA, REFERENCE, PREDICTION].map((rgb) => `rgb(${rgb})`);
    const left = Array.from({ length: WIDE + 1 }, (_, x) => Math.round((x * width) / WIDE));
    const top = Array.from({ length: HIGH + 1 }, (_, y) => Math.round((y * height) / HIGH));
    for (let i = 0; i < prediction.length; i++) {
      const [x, y] = [i % WIDE, Math.floor(i / WIDE)];
      context.fillStyle = colours[prediction[i] + 2 * reference[i]];
      context.fillRect(left[x], top[y], left[x + 1] - left[x], top[y + 1] - top[y]);
    }
    context.fillStyle = "rgb(0 0 0 / 35%)";
    for (const x of left) context.fillRect(x, 0, 1, height);
    for (const y of top) context.fillRect(0, y, width, 1);
  }

  /**
   * Lay outline and letter over the pixels. The smaller shape lies on top, so that both can be taken hold of.
   * @param {Name} name
   * @param {Box | null} box
   */
  place(name, box) {
    const [shape, grip] = ["shape", "grip"].map((part) => find(this.root, `.${part}[data-shape=${name}]`));
    shape.hidden = grip.hidden = !box;
    if (!box) return;
    /** @type {(value: number, whole: number) => string} */
    const percent = (value, whole) => `${(100 * value) / whole}%`;
    shape.style.left = percent(box.x, WIDE);
    shape.style.top = percent(box.y, HIGH);
    shape.style.width = percent(box.w, WIDE);
    shape.style.height = percent(box.h, HIGH);
    shape.style.zIndex = String(WIDE * HIGH - box.w * box.h);
    const along = (1 + (name === "mask" ? 1 : -1) * Math.SQRT1_2) / 2; // at 45 degrees on the ellipse
    grip.style.setProperty("--x", percent(box.x + along * box.w, WIDE));
    grip.style.setProperty("--y", percent(box.y + along * box.h, HIGH));
  }

  showNumbers() {
    const { prediction, reference } = this;
    const { tp, fp, fn } = countPixels(prediction, reference);
    const counts = { prediction: tp + fp, mask: tp + fn, overlap: tp, extra: fp, missed: fn };
    for (const [name, count] of Object.entries(counts)) find(this.root, `[data-count=${name}]`).textContent = String(count);
    const scores = scoresOf(tp, fp, fn);
    for (const [name, score] of Object.entries(scores)) putScore(find(this.root, `[data-score=${name}]`), score);
    const distance = hausdorff(prediction, reference);
    putScore(find(this.root, "[data-score=hausdorff]"), distance);
    if (!Number.isNaN(distance)) find(this.root, "[data-score=hausdorff]").textContent = `${distance.toFixed(1)} px`;
    const [upper, lower, result] = [`2 \u00d7 ${tp}`, `${tp + fp} + ${tp + fn}`, shownScore(scores.dice)];
    find(this.root, ".upper").textContent = upper;
    find(this.root, ".lower").textContent = lower;
    find(this.root, ".result").textContent = result;
    find(this.root, ".formula").setAttribute("aria-label", `Dice = ${upper} / (${lower}) = ${result}`);
    this.spoken.answer(`Dice ${result}: ${tp} pixels overlap, ${fp} are extra, ${fn} are missed.`);
  }

  /* ---------- listeners ---------- */

  listenToPresets() {
    for (const [name, { label }] of Object.entries(PRESETS)) {
      const button = made("button", { type: "button", value: name }, label);
      button.addEventListener("click", () => {
        this.choose(name);
        this.address.set({ shapes: name });
      });
      find(this.root, ".presets").append(button);
    }
  }

  /**
   * @param {HTMLElement} place
   * @param {Name} name
   */
  listenToPointer(place, name) {
    /** @type {{x: number, y: number, box: Box} | null} */
    let from = null;
    place.addEventListener("pointerdown", (event) => {
      const box = this.boxes[name];
      if (!box) return;
      from = { x: event.clientX, y: event.clientY, box };
      place.setPointerCapture(event.pointerId);
    });
    place.addEventListener("pointermove", (event) => {
      if (!from) return;
      const unit = this.canvas.clientWidth / WIDE;
      const [dx, dy] = [Math.round((event.clientX - from.x) / unit), Math.round((event.clientY - from.y) / unit)];
      if (place.matches(".shape")) this.move(name, from.box, dx, dy);
      else if (name === "mask") this.resize(name, from.box, dx, dy);
      else this.resize(name, from.box, -dx, -dy);
    });
    for (const end of ["pointerup", "pointercancel"]) place.addEventListener(end, () => { from = null; });
  }

  /**
   * @param {HTMLElement} shape
   * @param {Name} name
   */
  listenToKeys(shape, name) {
    shape.addEventListener("keydown", (event) => {
      const [step, box] = [STEPS[event.key], this.boxes[name]];
      if (!step || !box) return;
      event.preventDefault();
      if (event.shiftKey) this.resize(name, box, ...step);
      else this.move(name, box, ...step);
    });
  }
}

/**
 * The pixels whose centres lie in the ellipse that fills a box; in whole numbers, so no rounding decides.
 * @param {Box | null} box
 */
function pixelsOf(box) {
  const pixels = new Uint8Array(WIDE * HIGH);
  if (!box) return pixels;
  const { x, y, w, h } = box;
  for (let j = 0; j < h; j++) {
    for (let i = 0; i < w; i++) {
      const [across, down] = [(2 * i + 1 - w) * h, (2 * j + 1 - h) * w];
      if (across * across + down * down <= w * h * w * h) pixels[(y + j) * WIDE + x + i] = 1;
    }
  }
  return pixels;
}

/**
 * The Hausdorff distance of two sets of pixels, from centre to centre; NaN if one is empty.
 * @param {Uint8Array} a
 * @param {Uint8Array} b
 */
function hausdorff(a, b) {
  if (!a.includes(1) || !b.includes(1)) return NaN;
  return Math.sqrt(Math.max(farthest(a, b), farthest(b, a)));
}

/**
 * The largest squared distance from a pixel of one set to the nearest of the other. From outside, the nearest pixel
 * always lies on the outline.
 * @param {Uint8Array} from
 * @param {Uint8Array} to
 */
function farthest(from, to) {
  const low = lowestNeighbour(to, WIDE, HIGH);
  const outline = [...to.keys()].filter((i) => to[i] && !low[i]);
  let most = 0;
  for (let i = 0; i < from.length; i++) {
    if (!from[i] || to[i]) continue;
    let least = Infinity;
    for (const o of outline) {
      const [dx, dy] = [(i % WIDE) - (o % WIDE), Math.floor(i / WIDE) - Math.floor(o / WIDE)];
      least = Math.min(least, dx * dx + dy * dy);
    }
    most = Math.max(most, least);
  }
  return most;
}
