/* A pixel under the pointer, anywhere in the U: what of the slice it has seen, and where it goes. */

import { find, findAll, made, say } from "./dom.js";
import { reachedFrom, seenBy, sizesOf } from "./fields.js";
import { titleOf } from "./u.js";

/**
 * @typedef {import("./engine/port.js").Look} Look
 * @typedef {import("./fields.js").Region} Region
 */

const HINT = "Point at a pixel of any picture: what has it seen of the slice, and where does it go?";
const KEYS = { seen: "<span class='key region-seen'></span>", reached: "<span class='key region-reached'></span>" };

export class Hover {
  /**
   * @param {HTMLElement} root  With pictures that have a `data-point`, and a `.region-says`.
   */
  constructor(root) {
    this.root = root;
    /** @type {Look | null} */
    this.look = null;
    root.addEventListener("pointermove", (event) => this.at(event));
    root.addEventListener("pointerdown", (event) => this.at(event));
    root.addEventListener("pointerleave", () => this.clear());
    root.addEventListener("focusin", ({ target }) => {
      const name = target instanceof HTMLElement ? target.dataset.level : undefined;
      if (name && target instanceof HTMLElement && target.matches(":focus-visible")) this.middle(name);
    });
  }

  /** @param {Look} look */
  show(look) {
    this.look = look;
    this.sizes = sizesOf(look);
    this.clear();
  }

  /** @param {PointerEvent} event */
  at({ target, clientX, clientY }) {
    if (!this.look || !(target instanceof Element)) return;
    const place = target.closest("[data-point]:not(button), .level");
    const picture = place?.matches(".level") ? find(place, "[data-point]") : place;
    if (!(picture instanceof HTMLElement)) return this.clear();
    const { point, columns, rows } = shape(picture);
    const box = picture.getBoundingClientRect();
    const [x, y] = [(clientX - box.left) / box.width, (clientY - box.top) / box.height];
    if (x < 0 || y < 0 || x >= 1 || y >= 1) return this.clear();
    const [height, width] = this.seen(point);
    this.mark(point, Math.floor(((y * rows) % 1) * height), Math.floor(((x * columns) % 1) * width));
  }

  /** @param {string} point */
  middle(point) {
    const [height, width] = this.seen(point);
    this.mark(point, height >> 1, width >> 1);
  }

  /**
   * @param {string} point
   * @param {number} row
   * @param {number} column
   */
  mark(point, row, column) {
    if (!this.look || !this.sizes) return;
    const one = { top: row, left: column, bottom: row + 1, right: column + 1 };
    const { arrows } = this.look;
    const seen = seenBy(arrows, this.sizes, point, one);
    const reached = reachedFrom(arrows, this.sizes, point, one);
    this.erase();
    for (const picture of findAll(this.root, "[data-point]:not(button)")) {
      const at = shape(picture).point;
      if (at === point) this.frame(picture, "here", one);
      else if (seen[at]) this.frame(picture, "seen", seen[at]);
      else if (reached[at]) this.frame(picture, "reached", reached[at]);
    }
    find(this.root, ".region-says").innerHTML = this.words(point, seen.slice, reached.probability);
    this.root.dataset.pixel = `${point} ${row} ${column}`;
  }

  /**
   * @param {string} point
   * @param {Region} seen
   * @param {Region} reached
   */
  words(point, seen, reached) {
    const name = point === "slice" ? "A pixel of the slice" : point === "probability" ? "A probability"
      : `A pixel of ${titleOf(point)}`;
    const size = (/** @type {Region} */ region) => {
      const [height, width] = [region.bottom - region.top, region.right - region.left];
      const [h, w] = this.sizes?.slice ?? [];
      return height === h && width === w ? "all pixels" : `${width} x ${height} pixels`;
    };
    const parts = [
      ...(point === "slice" ? [] : [`has seen ${KEYS.seen}${size(seen)} of the slice`]),
      ...(point === "probability" ? [] : [`has a part in ${KEYS.reached}${size(reached)} of the answer`]),
    ];
    return `${name} ${parts.join(", and ")}.`;
  }

  clear() {
    this.erase();
    say(find(this.root, ".region-says"), HINT);
    delete this.root.dataset.pixel;
  }

  erase() {
    for (const region of findAll(this.root, ".region")) region.remove();
  }

  /**
   * Draw a region on a picture, on each of its tiles.
   * @param {HTMLElement} picture
   * @param {"here" | "seen" | "reached"} kind
   * @param {Region} region
   */
  frame(picture, kind, { top, left, bottom, right }) {
    const { point, columns, rows, count } = shape(picture);
    const [height, width] = this.seen(point);
    const percent = (/** @type {number} */ share) => `${100 * share}%`;
    const over = picture instanceof HTMLCanvasElement ? picture.parentElement : picture;
    for (let tile = 0; tile < count; tile++) {
      const [column, row] = [tile % columns, Math.floor(tile / columns)];
      const frame = made("span", { class: `region ${kind}` });
      Object.assign(frame.style, {
        left: percent((column + left / width) / columns), top: percent((row + top / height) / rows),
        width: percent((Math.min(right, width) - left) / width / columns),
        height: percent((Math.min(bottom, height) - top) / height / rows),
      });
      over?.append(frame);
    }
  }

  /**
   * Height and width of what a picture of a point shows: of the slice, without what was padded.
   * @param {string} point
   * @returns {[number, number]}
   */
  seen(point) {
    if (!this.look || !this.sizes) return [1, 1];
    return point === "slice" || point === "probability" ? this.look.seen : this.sizes[point];
  }
}

/** @param {HTMLElement} picture */
function shape(picture) {
  const { point = "", strongest = "1" } = picture.dataset;
  const columns = Number(picture.style.getPropertyValue("--columns") || 1);
  const rows = Number(picture.style.getPropertyValue("--rows") || 1);
  return { point, columns, rows, count: Number(strongest) };
}
