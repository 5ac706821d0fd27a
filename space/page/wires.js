/* The lines of the U: one for each arrow of the network, from its source through its operations to its target. */

import { find } from "./dom.js";

/**
 * @typedef {import("./engine/port.js").Arrow} Arrow
 * @typedef {{left: number, right: number, top: number, bottom: number, x: number, y: number}} Box
 */

const NS = "http://www.w3.org/2000/svg";

/**
 * @param {HTMLElement} root  With a `.wires`, an element for each point, and one for the operations of each arrow.
 * @param {Arrow[]} arrows
 */
export function drawWires(root, arrows) {
  const svg = find(root, ".wires", SVGSVGElement);
  const home = root.getBoundingClientRect();
  svg.setAttribute("viewBox", `0 0 ${home.width} ${home.height}`);
  /** @type {(element: Element) => Box} */
  const box = (element) => {
    const { left, right, top, bottom } = element.getBoundingClientRect();
    const [l, r, t, b] = [left - home.left, right - home.left, top - home.top, bottom - home.top];
    return { left: l, right: r, top: t, bottom: b, x: (l + r) / 2, y: (t + b) / 2 };
  };
  /** @type {(name: string) => Box} */
  const point = (name) => {
    const element = find(root, `[data-point="${CSS.escape(name)}"]`);
    return box(element.closest(".level, .end") ?? element);
  };
  svg.replaceChildren(...arrows.flatMap(({ source, target, operations }) => {
    const [from, to] = [point(source), point(target)];
    const steps = operations.length ? box(find(root, `[data-arrow="${CSS.escape(`${source}>${target}`)}"]`)) : null;
    const path = document.createElementNS(NS, "path");
    path.setAttribute("d", steps ? through(from, steps, to, source.startsWith("join")) : across(from, to));
    path.dataset.wire = `${source}>${target}`;
    return [path, head(steps ? landing(steps, to) : { x: to.left, y: to.y, down: false, aside: true })];
  }));
}

/**
 * From a source to the operations, and from these to the target; what lies between stands on the way itself.
 * @param {Box} from
 * @param {Box} steps
 * @param {Box} to
 * @param {boolean} joined  The source is the first of the operations.
 */
function through(from, steps, to, joined) {
  const { x, y } = landing(steps, to);
  const start = { x: Math.min(Math.max(x, steps.left), steps.right), y: steps.y };
  const out = `M${start.x} ${start.y} L${x} ${start.y} L${x} ${y}`;
  if (joined) return out;
  const above = from.bottom <= steps.top; // the way down
  const [leave, end] = above ? [from.bottom, steps.top] : [from.top, steps.bottom];
  const free = Math.abs(from.x - steps.x) < 2 && Math.abs(end - leave) < 60;
  if (free) return `M${from.x} ${leave} L${steps.x} ${end} ${out}`;
  if (!above || from.x !== steps.x) { // from or to the bottom, which stands in the middle
    const level = above ? end - 8 : from.y;
    return above ? `M${from.x} ${leave} L${from.x} ${level} L${steps.x} ${level} L${steps.x} ${end} ${out}`
      : `M${from.right} ${level} L${steps.x} ${level} L${steps.x} ${end} ${out}`;
  }
  const aside = Math.min(from.left, steps.left) - 10; // past what stands between
  return `M${from.left} ${from.y} L${aside} ${from.y} L${aside} ${steps.y} L${steps.left} ${steps.y} ${out}`;
}

/**
 * A skip connection.
 * @param {Box} from
 * @param {Box} to
 */
function across(from, to) {
  const [above, turn] = [from.top + 14, to.left - 14]; // beside the name of the level, not through it
  return `M${from.right} ${above} L${turn} ${above} L${turn} ${to.y} L${to.left} ${to.y}`;
}

/**
 * Where the line from the operations meets the target.
 * @param {Box} steps
 * @param {Box} to
 */
function landing(steps, to) {
  const down = to.top >= steps.bottom - 1;
  return { x: to.x, y: down ? to.top : to.bottom, down, aside: false };
}

/**
 * The head of an arrow.
 * @param {{x: number, y: number, down: boolean, aside: boolean}} where
 */
function head({ x, y, down, aside }) {
  const tip = document.createElementNS(NS, "path");
  const back = down ? -6 : 6;
  tip.setAttribute("class", "head");
  tip.setAttribute("d", aside ? `M${x} ${y} l-6 -4 l0 8 z` : `M${x} ${y} l-4 ${back} l8 0 z`);
  return tip;
}
