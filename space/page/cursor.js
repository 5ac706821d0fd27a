/* Where the keys are on a slice: a cross that arrow keys move, which stays in view. */

import { find } from "./dom.js";
import { clamp } from "./scores.js";

/** @type {Record<string, [number, number]>} */
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const STRIDE = 10; // pixels, with Shift
const ARM = 6;

export class Cursor {
  /** @param {import("./stage.js").Stage} stage  Holds a `.cursor`. */
  constructor(stage) {
    this.stage = stage;
    /** @type {import("./stage.js").Pixel | null} */
    this.at = null;
  }

  /**
   * Whether a key moves it; the first one makes it appear in the middle.
   * @param {KeyboardEvent} event
   */
  takes({ key, shiftKey }) {
    const arrow = ARROWS[key];
    if (!arrow) return false;
    const { width, height } = this.stage.size;
    const from = this.at ?? { x: Math.floor(width / 2) + 0.5, y: Math.floor(height / 2) + 0.5 };
    const [dx, dy] = arrow.map((step) => step * (shiftKey ? STRIDE : 1));
    this.put({ x: clamp(from.x + dx, 0.5, width - 0.5), y: clamp(from.y + dy, 0.5, height - 0.5) });
    return true;
  }

  /** @param {import("./stage.js").Pixel | null} at */
  put(at) {
    this.at = at;
    if (at) this.stage.bringIn(at);
    const { width, height } = this.stage.size;
    const drawing = find(this.stage.element, ".cursor", SVGElement);
    drawing.setAttribute("viewBox", `0 0 ${width} ${height}`);
    const cross = at ? `M${at.x - ARM} ${at.y}h${2 * ARM}M${at.x} ${at.y - ARM}v${2 * ARM}` : "";
    find(drawing, "path", SVGPathElement).setAttribute("d", cross);
  }
}
