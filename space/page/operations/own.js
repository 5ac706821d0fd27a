/* A kernel with numbers to edit, which slides over the slice itself. */

import { find, findAll, made } from "../dom.js";
import { Frame, pixel } from "./frame.js";
import { Grid, put, sumOf, tinted } from "./numbers.js";

/** @typedef {import("./planes.js").Point} Point */

/** @type {Record<string, number[]>} */
const PRESETS = {
  edges: [-1, -1, -1, -1, 8, -1, -1, -1, -1],
  blur: [0.111, 0.111, 0.111, 0.111, 0.111, 0.111, 0.111, 0.111, 0.111],
  sharpen: [0, -1, 0, -1, 5, -1, 0, -1, 0],
  unchanged: [0, 0, 0, 0, 1, 0, 0, 0, 0],
};
const SIDE = 3;

export class OwnKernel {
  /** @param {import("../engine/port.js").Opened} opened */
  constructor(opened) {
    const { slice, width, height } = opened;
    this.slice = { values: Float32Array.from(slice, (grey) => grey / 255), width, height };
    /** @type {Frame} */
    this.frame = new Frame({
      over: "output",
      reads: (at) => this.windowAt(at),
      writes: pixel,
      other: ({ x, y }) => this.frame.output.inside({
        x: Math.floor((x + this.before - 1) / this.stride), y: Math.floor((y + this.before - 1) / this.stride),
      }),
      numbers: (at) => this.calculate(at),
    });
    this.pixels = new Grid("pixels", "pixels");
    this.products = new Grid("products", "products");
    const fields = Array.from({ length: SIDE * SIDE }, (_, i) => made("input", {
      type: "number", step: "0.1", "aria-label": `weight in row ${Math.floor(i / SIDE) + 1}, column ${(i % SIDE) + 1}`,
    }));
    const weights = made("figure", { class: "grid", "data-grid": "weights" }, made("figcaption", {}, "your weights"),
      made("div", { class: "cells fields", style: `--columns: ${SIDE}` }, ...fields));
    this.sum = sumOf([["sum", "sum"], ["bias", "bias"], ["total", "comes out"]]);
    this.frame.numbers.append(made("div", { class: "equation" }, this.pixels.element, made("i", {}, "×"), weights,
      made("i", {}, "="), this.products.element), this.sum);
    this.frame.input.caption.append("The slice, from 0 (black) to 1 (white)");
    /** @type {HTMLElement} */
    this.element = made("section", { class: "own" }, made("h4", {}, "Your own kernel, on the slice itself"),
      made("p", { class: "quiet" }, "Try a preset, then change the numbers. A network begins with random ones and learns "
        + "them from its mistakes."),
      this.controls(), this.frame.element);
    this.fields = fields;
    for (const input of findAll(this.element, "input")) input.addEventListener("input", () => this.slide());
    this.preset("edges");
  }

  controls() {
    const presets = Object.keys(PRESETS).map((name) => {
      const button = made("button", { type: "button", "data-preset": name }, name);
      button.addEventListener("click", () => this.preset(name));
      return button;
    });
    /** @type {(name: string, words: string, on?: boolean) => HTMLLabelElement} */
    const tick = (name, words, on) => made("label", { class: "check" },
      made("input", { type: "checkbox", "data-switch": name, ...(on ? { checked: "" } : {}) }), words);
    return made("div", { class: "controls" }, made("div", { class: "presets" }, ...presets),
      tick("padding", "padding: zeros around the slice", true), tick("stride", "stride 2: every second pixel"),
      tick("relu", "ReLU: negative becomes 0"),
      made("label", { class: "check" }, "bias",
        made("input", { type: "number", step: "0.1", value: "0", "data-switch": "bias" })));
  }

  /** @param {string} name */
  preset(name) {
    PRESETS[name].forEach((weight, i) => { this.fields[i].value = String(weight); });
    this.slide();
  }

  /** @param {string} name */
  isOn(name) {
    return find(this.element, `[data-switch=${name}]`, HTMLInputElement).checked;
  }

  get before() {
    return this.isOn("padding") ? 1 : 0;
  }

  get stride() {
    return this.isOn("stride") ? 2 : 1;
  }

  get bias() {
    return Number(find(this.element, "[data-switch=bias]", HTMLInputElement).value);
  }

  /** Slide the kernel over the whole slice. */
  slide() {
    const { before, stride, bias } = this;
    const weights = this.fields.map(({ value }) => Number(value));
    const relu = this.isOn("relu");
    const [width, height] = [this.slice.width, this.slice.height].map((side) => (
      Math.floor((side + 2 * before - SIDE) / stride) + 1));
    const values = new Float32Array(width * height);
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const total = this.sumAt(x * stride - before, y * stride - before, weights) + bias;
        values[y * width + x] = relu ? Math.max(0, total) : total;
      }
    }
    this.frame.output.caption.textContent = `What comes out: ${width} x ${height} pixels`;
    this.frame.show(this.slice, { values, width, height }, ["The slice", "What your kernel makes of it"]);
  }

  /**
   * @param {number} left
   * @param {number} top
   * @param {number[]} weights
   */
  sumAt(left, top, weights) {
    const { values, width, height } = this.slice;
    let sum = 0;
    for (let row = 0; row < SIDE; row++) {
      const y = top + row;
      if (y < 0 || y >= height) continue;
      for (let column = 0; column < SIDE; column++) {
        const x = left + column;
        if (x >= 0 && x < width) sum += weights[row * SIDE + column] * values[y * width + x];
      }
    }
    return sum;
  }

  /** @param {Point} at */
  windowAt({ x, y }) {
    return { x: x * this.stride - this.before, y: y * this.stride - this.before, width: SIDE, height: SIDE };
  }

  /** @param {Point} at */
  calculate(at) {
    const cells = this.frame.input.cells(this.windowAt(at));
    const products = cells.map((row, i) => row.map(({ value }, j) => value * Number(this.fields[i * SIDE + j].value)));
    this.pixels.show(cells);
    this.products.show(tinted(products));
    const numbers = { sum: products.flat().reduce((a, b) => a + b, 0), bias: this.bias, total: this.frame.output.at(at) };
    for (const [name, value] of Object.entries(numbers)) put(find(this.sum, `[data-number=${name}]`), value);
  }
}
