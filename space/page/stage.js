/* A slice on a stage: zoom, pan, and which pixel the pointer is at. The canvases lie in `.sheet`, one over another. */

import { find, findAll } from "./dom.js";
import { listenToPointers } from "./pointers.js";
import { clamp } from "./scores.js";

const WHEEL_STEP = 1.2;
const EDGE = 24; // pixels that stay free around what is brought into view
const SWIPE = 14; // pixels of a finger for a slice
const NOTCH = 100; // of the wheel, in pixels: a mouse gives about as much for one, a touch pad many small ones
/** @type {Record<string, [number, number]>} */
const PANS = { ArrowLeft: [40, 0], ArrowRight: [-40, 0], ArrowUp: [0, 40], ArrowDown: [0, -40] };
/** @type {Record<string, number>} */
const FACTORS = { "+": 1.5, "=": 1.5, "-": 1 / 1.5, 0: 0 };
/** @type {Record<string, number>} */
const PLACES = { PageUp: 1, PageDown: -1, End: Infinity, Home: -Infinity };
/** @type {Record<string, number>} */
const ARROWS = { ArrowUp: 1, ArrowRight: 1, ArrowDown: -1, ArrowLeft: -1 };

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
   * @param {(pixel: Pixel) => void} [options.onClick]  Hears of a click that was no drag.
   * @param {(step: number) => boolean} [options.onStep]  Goes to another slice, 1 is towards the head; false without one.
   * @param {(event: KeyboardEvent) => boolean} [options.onKey]  May take over a key.
   */
  constructor(element, {
    onDrag = () => null, onPoint = () => {}, onClick = () => {}, onStep = () => false, onKey = () => false,
  }) {
    this.element = element;
    this.sheet = find(element, ".sheet");
    this.view = { zoom: 1, x: 0, y: 0 };
    this.size = { width: 1, height: 1 };
    this.onStep = onStep;
    this.onKey = onKey;
    this.turned = 0; // how far the wheel has turned since the last step
    this.listen(onDrag, onPoint, onClick);
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
    this.sheet.style.setProperty("--zoom", String(zoom));
    this.element.classList.toggle("zoomed", zoom > 1);
  }

  /**
   * Pan so far that a pixel of the slice is in view.
   * @param {Pixel} pixel
   */
  bringIn({ x, y }) {
    const { left, top, width, height } = find(this.sheet, "canvas", HTMLCanvasElement).getBoundingClientRect();
    const stage = this.element.getBoundingClientRect();
    const at = { x: left + (x / this.size.width) * width, y: top + (y / this.size.height) * height };
    const by = {
      x: clamp(at.x, stage.left + EDGE, stage.right - EDGE) - at.x,
      y: clamp(at.y, stage.top + EDGE, stage.bottom - EDGE) - at.y,
    };
    this.moveTo(this.view.x + by.x, this.view.y + by.y);
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
   * @param {(event: PointerEvent) => Move | null} onDrag
   * @param {(pixel: Pixel) => void} onPoint
   * @param {(pixel: Pixel) => void} onClick
   */
  listen(onDrag, onPoint, onClick) {
    const { element } = this;
    /** @type {(x: number, y: number) => [number, number]} */
    const onStage = (x, y) => {
      const box = element.getBoundingClientRect();
      return [x - box.left, y - box.top];
    };
    listenToPointers(element, {
      onPoint: (event) => onPoint(this.pixelAt(event)),
      onDrag,
      onSweep: (event) => this.panFrom(event) ?? this.swipeFrom(event),
      onClick: (event) => onClick(this.pixelAt(event)),
      onDouble: ({ clientX, clientY }) => this.zoomAt(this.view.zoom > 1 ? 0 : 2, ...onStage(clientX, clientY)),
      onPinch: (factor, x, y, dx, dy) => {
        this.moveTo(this.view.x + dx, this.view.y + dy);
        this.zoomAt(factor, ...onStage(x, y));
      },
    });
    for (const button of findAll(element, "[data-zoom]")) {
      button.addEventListener("click", () => this.zoomAt(Number(button.dataset.zoom)));
    }
    // with Ctrl, and for a pinch on a touch pad, the wheel zooms
    element.addEventListener("wheel", (event) => {
      if (!event.ctrlKey) return this.onWheel(event);
      event.preventDefault();
      this.zoomAt(event.deltaY < 0 ? WHEEL_STEP : 1 / WHEEL_STEP, ...onStage(event.clientX, event.clientY));
    }, { passive: false });
    element.addEventListener("keydown", (event) => this.takeKey(event));
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
   * A finger that goes up goes towards the head, where there are slices.
   * @param {PointerEvent} start
   * @returns {Move | null}
   */
  swipeFrom(start) {
    if (start.pointerType !== "touch" || !this.onStep(0)) return null;
    let gone = 0;
    return (event) => {
      const steps = Math.trunc((start.clientY - event.clientY) / SWIPE);
      if (steps !== gone) this.onStep(steps - gone);
      gone = steps;
    };
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
  takeKey(event) {
    if (event.target !== this.element) return;
    if (this.onKey(event)) return event.preventDefault();
    const [pan, factor] = [PANS[event.key], FACTORS[event.key]];
    const places = PLACES[event.key] ?? (this.view.zoom === 1 ? ARROWS[event.key] : undefined);
    if (!places || !this.onStep(places)) {
      if (pan) this.moveTo(this.view.x + pan[0], this.view.y + pan[1]);
      else if (factor !== undefined) this.zoomAt(factor);
      else return;
    }
    event.preventDefault();
  }
}
