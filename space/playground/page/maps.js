/* The network as pictures: its first kernels, and the maps of each level along the U. */

import { find, made } from "../../page/dom.js";
import { canvasOf, grey, NOTHING, paint } from "./paint.js";

/** @typedef {import("../engine/inside.js").LevelMaps} LevelMaps */

/**
 * One row of kernels as they are, one as they began: white above zero, black below.
 * @param {HTMLCanvasElement} canvas
 * @param {import("../engine/inside.js").Kernels} kernels
 * @param {Float32Array} first
 */
export function drawKernels(canvas, { side, filters, values }, first) {
  const cell = side + 1;
  [canvas.width, canvas.height] = [filters * cell - 1, 2 * cell - 1];
  canvas.style.width = `${canvas.width * Math.max(2, Math.min(8, Math.floor(380 / canvas.width)))}px`;
  const limit = Math.max(...first.map(Math.abs), ...values.map(Math.abs)) || 1;
  paint(canvas, (x, y) => {
    const [filter, column] = [Math.floor(x / cell), x % cell];
    const row = y < side ? y : y - cell;
    if (column === side || row < 0) return NOTHING;
    const value = (y < side ? values : first)[(row * side + column) * filters + filter] / limit;
    return grey(127.5 + 127.5 * Math.sign(value) * Math.sqrt(Math.abs(value)));
  });
}

const COLUMNS = 4; // of a level's maps

/**
 * Each level's maps, on the way down at the left and up at the right, and the skip connections between them.
 * @param {HTMLElement} root
 * @param {LevelMaps[]} maps
 * @param {boolean} skips
 */
export function drawU(root, maps, skips) {
  const shape = JSON.stringify([skips, maps.map(({ name, channels }) => [name, channels])]);
  if (root.dataset.shape !== shape) {
    root.dataset.shape = shape;
    root.replaceChildren(...rows(maps, skips));
  }
  const size = Math.max(16, Math.min(48, Math.floor((0.45 * root.clientWidth - 20) / COLUMNS)));
  for (const { name, side, pictures } of maps) {
    const canvas = find(root, `[data-level=${name}] canvas`, HTMLCanvasElement);
    const columns = Math.min(COLUMNS, pictures.length);
    const step = side + Math.max(1, Math.round(side / 22)); // a gap of about two pixels of the screen
    [canvas.width, canvas.height] = [columns * step, Math.ceil(pictures.length / columns) * step];
    canvas.style.width = `${columns * size}px`;
    paint(canvas, (x, y) => {
      const picture = pictures[Math.floor(y / step) * columns + Math.floor(x / step)];
      if (!picture || x % step >= side || y % step >= side) return NOTHING;
      return VIRIDIS[picture[(y % step) * side + (x % step)]];
    });
  }
}

/**
 * @param {LevelMaps[]} maps
 * @param {boolean} skips
 */
function rows(maps, skips) {
  const levelOf = (/** @type {string} */ name) => maps.find((level) => level.name === name);
  const pools = maps.filter(({ name }) => name.startsWith("encoder")).length;
  return Array.from({ length: pools + 1 }, (_, depth) => {
    const sides = (depth < pools ? [`encoder_${depth}`, `decoder_${depth}`] : ["bottleneck"]).flatMap((name) => {
      const level = levelOf(name);
      return level ? [picture(level)] : [];
    });
    if (sides.length === 2) {
      const title = skips ? "skip connection" : "no skip connection";
      sides.splice(1, 0, made("div", { class: skips ? "skip" : "skip cut", title }));
    }
    const kind = sides.length > 1 ? "level-row" : "level-row deepest";
    return made("div", { class: kind, style: `--depth: ${depth}` }, ...sides);
  });
}

/** @param {LevelMaps} level */
function picture({ name, side, channels }) {
  const text = `${side} × ${side}, ${channels} filters`;
  const [kind, depth] = name.split("_");
  const way = kind === "encoder" ? "way down" : "way up";
  const place = depth === undefined ? "the bottom" : `the ${way}, level ${Number(depth) + 1}`;
  const canvas = canvasOf(1, 1);
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", `Maps of ${place}`);
  return made("div", { class: "level", "data-level": name }, made("p", {}, text), canvas);
}

/* Viridis, from five of its colours: dark violet, blue, green, yellow. */
const STOPS = [[68, 1, 84], [59, 82, 139], [33, 145, 140], [94, 201, 98], [253, 231, 37], [253, 231, 37]];
/** @type {import("./paint.js").Colour[]} */
const VIRIDIS = Array.from({ length: 256 }, (_, level) => {
  const at = Math.floor(level / 63.75);
  const mixed = STOPS[at].map((colour, k) => colour + (STOPS[at + 1][k] - colour) * (level / 63.75 - at));
  return [mixed[0], mixed[1], mixed[2]];
});
