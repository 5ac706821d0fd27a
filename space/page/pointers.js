/* What fingers and a mouse do on a stage: one pointer drags or clicks, a second click zooms, two fingers pinch.

   Pointer capture does the dragging: nothing has to listen on window, and Gradio tells nobody when it unmounts. */

const STILL = 4; // pixels that a click may move
const SECOND = 350; // milliseconds within which a second click makes a double one
const NEAR = 24; // pixels between the two

/** @typedef {{x: number, y: number, time: number}} Spot  In the window's pixels. */

/**
 * @typedef {object} Acts
 * @property {(event: PointerEvent) => void} onPoint
 * @property {(event: PointerEvent) => import("./stage.js").Move | null} onDrag  What a drag of one pointer does, that is
 *   nothing else.
 * @property {(event: PointerEvent) => import("./stage.js").Move | null} onSweep  What other drags do; without moving they
 *   are clicks.
 * @property {(event: PointerEvent) => void} onClick
 * @property {(event: PointerEvent) => void} onDouble
 * @property {(factor: number, x: number, y: number, dx: number, dy: number) => void} onPinch  About a point of the window.
 */

/**
 * @param {HTMLElement} element
 * @param {Acts} acts
 */
export function listenToPointers(element, { onPoint, onDrag, onSweep, onClick, onDouble, onPinch }) {
  /** @type {Map<number, PointerEvent>} */
  const held = new Map();
  /** @type {import("./stage.js").Move | null} */
  let move = null;
  /** @type {Spot | null} */
  let pressed = null; // where a click may have begun
  /** @type {Spot | null} */
  let clicked = null;

  element.addEventListener("pointerdown", (event) => {
    onPoint(event); // a tap reads a pixel, too
    if (event.target instanceof Element && event.target.closest(".tools")) return;
    held.set(event.pointerId, event);
    pressed = null;
    if (held.size > 1) {
      move = null;
      return;
    }
    move = onDrag(event);
    if (!move) {
      if (event.button === 0) pressed = spot(event);
      move = onSweep(event);
    }
    if (move || pressed) element.setPointerCapture(event.pointerId);
  });
  element.addEventListener("pointermove", (event) => {
    onPoint(event);
    if (pressed && distance(pressed, spot(event)) > STILL) pressed = null;
    const before = held.get(event.pointerId);
    if (!before) return;
    const [other] = [...held.values()].filter(({ pointerId }) => pointerId !== event.pointerId);
    held.set(event.pointerId, event);
    if (!other) return move?.(event);
    const [a, b, fixed] = [before, event, other].map(spot);
    const [middle, moved] = [between(fixed, a), between(fixed, b)];
    onPinch(distance(fixed, b) / Math.max(1, distance(fixed, a)), moved.x, moved.y, moved.x - middle.x, moved.y - middle.y);
  });
  element.addEventListener("pointerup", (event) => {
    if (!held.delete(event.pointerId)) return;
    if (move) move(event, true);
    move = null;
    if (!pressed) return;
    const here = spot(event);
    const twice = clicked && here.time - clicked.time < SECOND && distance(clicked, here) < NEAR;
    [pressed, clicked] = [null, twice ? null : here];
    if (twice) onDouble(event);
    else onClick(event);
  });
  element.addEventListener("pointercancel", ({ pointerId }) => {
    held.delete(pointerId);
    [move, pressed] = [null, null];
  });
}

/**
 * @param {PointerEvent} event
 * @returns {Spot}
 */
const spot = ({ clientX, clientY, timeStamp }) => ({ x: clientX, y: clientY, time: timeStamp });

/**
 * @param {Spot} a
 * @param {Spot} b
 */
const distance = (a, b) => Math.hypot(a.x - b.x, a.y - b.y);

/**
 * @param {Spot} a
 * @param {Spot} b
 */
const between = (a, b) => ({ x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 });
