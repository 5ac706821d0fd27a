/* A slice on a stage: zoom, pan, and which pixel the pointer is at. The canvases lie in `.sheet`, one over another. */

import { find, findAll } from "./dom.js";
import { clamp } from "./scores.js";

const WHEEL_STEP = 1.2;
const NOTCH = 100; // of the wheel, in pixels: a mouse gives about as much for one, a touch pad many small ones
/** @type {Record<string, [number, number]>} */
const STEPS = { ArrowLeft: [40, 0], ArrowRight: [-40, 0], ArrowUp: [0, 40], ArrowDown: [0, -40] };
/** @type {Record<string, number>} */
const FACTORS = { "+": 1.5, "=": 1.5, "-": 1 / 1.5, 0: 0 };

/** @type {Record<string, number>} */
const PLACES = { PageUp: 1, PageDown: -1 };

/**
 * @typedef {{x: number, y: number}} Pixel
 * @typedef {(event: PointerEvent, last?: boolean) => void} Move  What to do at each move of a drag.
 */

export class Stage {
  /**
   * @param {HTMLElement} element  The `.stage`.
   * @param {object} options
   * @param {(event: PointerEvent) => Move | null} [options.onDrag]  May take over a drag; otherwise a drag pans.
   * @param {(pixel: Pixel) => void} [options.onPoint]  Hears of the pixel under the pointer.
   * @param {(step: number) => boolean} [options.onStep]  Goes to another slice, 1 is towards the head; false without one.
   */
  constructor(element, { onDrag = () => null, onPoint = () => {}, onStep = () => false }) {
    this.element = element;
    this.sheet = find(element, ".sheet");
    this.view = { zoom: 1, x: 0, y: 0 };
    this.size = { width: 1, height: 1 };
    this.onStep = onStep;
    this.turned = 0; // how far the wheel has turned since the last step
    this.listen(onDrag, onPoint);
    new ResizeObserver(() => this.moveTo(this.view.x, this.view.y)).observe(element);
  }

  /**
   * Make room for a slice and show all of it; this clears the canvases.
   * @param {number} width
   * @param {number} height
   */
  fit(width, height) {
    this.size = { width, height };
    for (const canvas of findAll(this.sheet, "canvas", HTMLCanvasElement)) Object.assign(canvas, { width, height });
    this.element.classList.add("filled");
    this.sheet.classList.toggle("tall", height > width);
    this.moveTo(0, 0, 1);
  }

  /**
   * Zoom about a point in the stage's pixels, its middle if none is given.
   * @param {number} factor  0 shows the whole slice.
   */
  zoomAt(factor, px = this.element.clientWidth / 2, py = this.element.clientHeight / 2) {
    const { zoom, x, y } = this.view;
    const next = factor ? clamp(zoom * factor, 1, 16) : 1;
    this.moveTo(px - ((px - x) * next) / zoom, py - ((py - y) * next) / zoom, next);
  }

  /**
   * @param {number} x
   * @param {number} y
   */
  moveTo(x, y, zoom = this.view.zoom) {
    const { clientWidth, clientHeight } = this.element;
    this.view = { zoom, x: clamp(x, clientWidth * (1 - zoom), 0), y: clamp(y, clientHeight * (1 - zoom), 0) };
    this.sheet.style.transform = `translate(${this.view.x}px, ${this.view.y}px) scale(${zoom})`;
    this.element.classList.toggle("zoomed", zoom > 1);
  }

  /**
   * The slice's pixel under a pointer, with fractions; it may lie outside the slice.
   * @param {PointerEvent} event
   * @returns {Pixel}
   */
  pixelAt(event) {
    const box = find(this.sheet, "canvas", HTMLCanvasElement).getBoundingClientRect(); // includes zoom and pan
    return {
      x: ((event.clientX - box.left) / box.width) * this.size.width,
      y: ((event.clientY - box.top) / box.height) * this.size.height,
    };
  }

  /**
   * Pointer capture does the dragging: nothing has to listen on window, and Gradio tells nobody when it unmounts.
   * @param {(event: PointerEvent) => Move | null} onDrag
   * @param {(pixel: Pixel) => void} onPoint
   */
  listen(onDrag, onPoint) {
    const { element } = this;
    /** @type {Move | null} */
    let move = null;
    element.addEventListener("pointerdown", (event) => {
      onPoint(this.pixelAt(event)); // a tap reads a pixel, too
      if (event.target instanceof Element && event.target.closest(".tools")) return;
      move = onDrag(event) || this.panFrom(event);
      if (move) element.setPointerCapture(event.pointerId);
    });
    element.addEventListener("pointermove", (event) => {
      onPoint(this.pixelAt(event));
      if (move) move(event);
    });
    element.addEventListener("pointerup", (event) => {
      if (move) move(event, true);
      move = null;
    });
    element.addEventListener("pointercancel", () => { move = null; });
    for (const button of findAll(element, "[data-zoom]")) {
      button.addEventListener("click", () => this.zoomAt(Number(button.dataset.zoom)));
    }
    // with Ctrl, and for a pinch on a touch pad, the wheel zooms
    element.addEventListener("wheel", (event) => {
      if (!event.ctrlKey) return this.onWheel(event);
      event.preventDefault();
      const box = element.getBoundingClientRect();
      const factor = event.deltaY < 0 ? WHEEL_STEP : 1 / WHEEL_STEP;
      this.zoomAt(factor, event.clientX - box.left, event.clientY - box.top);
    }, { passive: false });
    element.addEventListener("keydown", (event) => this.onKey(event));
  }

  /**
   * @param {PointerEvent} start
   * @returns {Move | null}
   */
  panFrom(start) {
    const { zoom, x, y } = this.view;
    if (zoom === 1) return null;
    return (event) => this.moveTo(x + event.clientX - start.clientX, y + event.clientY - start.clientY);
  }

  /**
   * A bare wheel goes through the slices; where there is one only, it goes on scrolling the page.
   * @param {WheelEvent} event
   */
  onWheel(event) {
    if (!this.onStep(0)) return;
    event.preventDefault();
    this.turned += event.deltaMode ? Math.sign(event.deltaY) * NOTCH : event.deltaY;
    const steps = Math.trunc(this.turned / NOTCH);
    this.turned -= steps * NOTCH;
    this.onStep(-steps);
  }

  /** @param {KeyboardEvent} event */
  onKey(event) {
    const [step, factor, places] = [STEPS[event.key], FACTORS[event.key], PLACES[event.key]];
    if (event.target !== this.element) return;
    if (places && !this.onStep(places)) return;
    if (places) event.preventDefault();
    else if (step) this.moveTo(this.view.x + step[0], this.view.y + step[1]);
    else if (factor !== undefined) this.zoomAt(factor);
    else return;
    event.preventDefault();
  }
}
