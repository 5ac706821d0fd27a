/* What is written and drawn on the slice: which one it is, where the patient's right is, and the crosshair. */

import { find } from "./dom.js";

const GAP = 0.05; // of the slice's width: the crosshair leaves what it points at free

/**
 * What the corners and sides of the slice say.
 * @param {HTMLElement} root
 * @param {import("./engine/port.js").Opened} opened
 */
export function showMarks(root, { place, places, oriented }) {
  const number = find(root, ".place-says");
  number.textContent = `Slice ${place + 1} of ${places}`;
  number.hidden = places === 1;
  find(root, ".letters").hidden = !oriented;
}

/**
 * Draw a crosshair; nothing without a point. The lines have one width at any zoom.
 * @param {SVGElement} svg
 * @param {{x: number, y: number} | null} point
 * @param {{width: number, height: number}} size
 */
export function drawCross(svg, point, { width, height }) {
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  const gap = GAP * width;
  const [x, y] = point ? [point.x + 0.5, point.y + 0.5] : [0, 0]; // the middle of the pixel
  const path = `M0 ${y}H${Math.max(0, x - gap)}M${Math.min(width, x + gap)} ${y}H${width}`
    + `M${x} 0V${Math.max(0, y - gap)}M${x} ${Math.min(height, y + gap)}V${height}`;
  find(svg, "path", SVGPathElement).setAttribute("d", point ? path : "");
}
