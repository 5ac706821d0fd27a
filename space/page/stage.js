/* A slice on a stage: zoom, pan, and which pixel the pointer is at. The canvases lie in `.sheet`, one over another. */
const WHEEL_STEP = 1.2;

class Stage {
  /* element: the `.stage`. onDrag(event), if given, may take over a drag: it returns what to do at each move, or null;
     otherwise a drag pans. onPoint(pixel) hears of the pixel {x, y} under the pointer. */
  constructor(element, { onDrag = () => null, onPoint = () => {} }) {
    this.element = element;
    this.sheet = element.querySelector(".sheet");
    this.view = { zoom: 1, x: 0, y: 0 };
    this.size = { width: 1, height: 1 };
    this.listen(onDrag, onPoint);
    new ResizeObserver(() => this.moveTo(this.view.x, this.view.y)).observe(element);
  }

  /* Make room for a slice and show all of it; this clears the canvases. */
  fit(width, height) {
    this.size = { width, height };
    for (const canvas of this.sheet.querySelectorAll("canvas")) {
      canvas.width = width;
      canvas.height = height;
    }
    this.sheet.classList.toggle("tall", height > width);
    this.moveTo(0, 0, 1);
  }

  /* Zoom by a factor about a point in the stage's pixels, its middle if none is given; factor 0 shows the whole slice. */
  zoomAt(factor, px = this.element.clientWidth / 2, py = this.element.clientHeight / 2) {
    const { zoom, x, y } = this.view;
    const next = factor ? clamp(zoom * factor, 1, 16) : 1;
    this.moveTo(px - ((px - x) * next) / zoom, py - ((py - y) * next) / zoom, next);
  }

  moveTo(x, y, zoom = this.view.zoom) {
    const { clientWidth, clientHeight } = this.element;
    this.view = { zoom, x: clamp(x, clientWidth * (1 - zoom), 0), y: clamp(y, clientHeight * (1 - zoom), 0) };
    this.sheet.style.transform = `translate(${this.view.x}px, ${this.view.y}px) scale(${zoom})`;
    this.element.classList.toggle("zoomed", zoom > 1);
  }

  /* The slice's pixel under a pointer, with fractions; it may lie outside the slice. */
  pixelAt(event) {
    const box = this.sheet.querySelector("canvas").getBoundingClientRect(); // includes zoom and pan
    return {
      x: ((event.clientX - box.left) / box.width) * this.size.width,
      y: ((event.clientY - box.top) / box.height) * this.size.height,
    };
  }

  /* Pointer capture does the dragging: nothing has to listen on window, and Gradio tells nobody when it unmounts. */
  listen(onDrag, onPoint) {
    const { element } = this;
    let move = null;
    element.addEventListener("pointerdown", (event) => {
      onPoint(this.pixelAt(event)); // a tap reads a pixel, too
      if (event.target.closest(".tools")) return;
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
    element.addEventListener("click", (event) => {
      const { zoom } = event.target.dataset;
      if (zoom) this.zoomAt(Number(zoom));
    });
    // a bare wheel goes on scrolling the page; with Ctrl, and for a pinch on a touch pad, it zooms
    element.addEventListener("wheel", (event) => {
      if (!event.ctrlKey) return;
      event.preventDefault();
      const box = element.getBoundingClientRect();
      const factor = event.deltaY < 0 ? WHEEL_STEP : 1 / WHEEL_STEP;
      this.zoomAt(factor, event.clientX - box.left, event.clientY - box.top);
    }, { passive: false });
    element.addEventListener("keydown", (event) => this.onKey(event));
  }

  panFrom(start) {
    const { zoom, x, y } = this.view;
    if (zoom === 1) return null;
    return (event) => this.moveTo(x + event.clientX - start.clientX, y + event.clientY - start.clientY);
  }

  onKey(event) {
    const step = { ArrowLeft: [40, 0], ArrowRight: [-40, 0], ArrowUp: [0, 40], ArrowDown: [0, -40] }[event.key];
    const factor = { "+": 1.5, "=": 1.5, "-": 1 / 1.5, 0: 0 }[event.key];
    if (event.target !== this.element) return;
    if (step) this.moveTo(this.view.x + step[0], this.view.y + step[1]);
    else if (factor !== undefined) this.zoomAt(factor);
    else return;
    event.preventDefault();
  }
}
