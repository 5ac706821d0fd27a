/* The WebAssembly memory: where maps, parameters and their gradients lie. Addresses are bytes. */

export const SIDE = 64; // of a slice
export const PIXELS = SIDE * SIDE;
const PAD = 4; // as in ../ops/map.h
/** @param {number} side */
const area = (side) => (side + 2 * PAD) ** 2;

/**
 * @typedef {object} FeatureMap  `channels` of `side` squared for each slice of the batch, and as much for its gradient.
 * @property {number} channels
 * @property {number} side
 * @property {number} stride  From a slice to the next.
 * @property {number} at
 * @property {number} grad
 */
/**
 * @typedef {object} Parameter
 * @property {string} name
 * @property {number[]} shape
 * @property {number} size
 * @property {[number, number] | null} fan  Inputs and outputs, as Keras counts them for its initialisers; null for a bias.
 * @property {number} at
 * @property {number} grad
 */

export class Memory {
  /**
   * @param {import("./ops.js").Ops} ops
   * @param {number} batch  Slices, at most.
   */
  constructor(ops, batch) {
    this.buffer = ops.memory;
    this.batch = batch;
    this.top = (ops.__heap_base.value + 15) & ~15;
    /** @type {FeatureMap[]} */
    this.maps = []; // those whose gradient has to be cleared before a step
    /** @type {Parameter[]} */
    this.parameters = [];
    this.floats = new Float32Array(0);
    this.doubles = new Float64Array(0);
  }

  /** @param {number} floats */
  take(floats) {
    const at = this.top;
    this.top += (4 * floats + 15) & ~15;
    return at;
  }

  /**
   * @param {number} channels
   * @param {number} side
   * @returns {FeatureMap}
   */
  map(channels, side, gradient = true) {
    const each = channels * area(side); // floats per slice
    const made = { channels, side, stride: 4 * each, at: this.take(each * this.batch), grad: 0 };
    if (gradient) {
      made.grad = this.take(each * this.batch);
      this.maps.push(made);
    }
    return made;
  }

  /**
   * Some channels of a map, as a map.
   * @param {FeatureMap} map
   * @param {number} from
   * @param {number} channels
   * @returns {FeatureMap}
   */
  part(map, from, channels) {
    const offset = 4 * from * area(map.side);
    return { ...map, channels, at: map.at + offset, grad: map.grad + offset };
  }

  /**
   * @param {string} name
   * @param {number[]} shape
   * @param {[number, number] | null} fan
   * @returns {Parameter}
   */
  parameter(name, shape, fan) {
    const size = shape.reduce((a, b) => a * b);
    const made = { name, shape, size, fan, at: this.take(size), grad: this.take(size) };
    this.parameters.push(made);
    return made;
  }

  /** Grow to what was taken; nothing can be taken afterwards. */
  allocate() {
    const missing = Math.ceil((this.top - this.buffer.buffer.byteLength) / 65536);
    if (missing > 0) this.buffer.grow(missing);
    this.floats = new Float32Array(this.buffer.buffer);
    this.doubles = new Float64Array(this.buffer.buffer);
  }

  /**
   * @param {number} at
   * @param {number} size
   */
  span(at, size) {
    return this.floats.subarray(at / 4, at / 4 + size);
  }

  /** @param {Parameter} parameter */
  view({ at, size }) {
    return this.span(at, size);
  }

  /** @param {Parameter} parameter */
  gradientOf({ grad, size }) {
    return this.span(grad, size);
  }

  /**
   * Clear the gradients of the maps of `count` slices and of the parameters.
   * @param {number} count
   */
  clearGradients(count) {
    for (const { grad, stride } of this.maps) this.span(grad, count * stride / 4).fill(0);
    for (const { grad, size } of this.parameters) this.span(grad, size).fill(0);
  }

  /**
   * Where a row of a channel begins, in floats.
   * @param {FeatureMap} map
   * @param {number} slice
   * @param {number} channel
   * @param {number} row
   */
  row({ at, stride, side }, slice, channel, row) {
    return (at + slice * stride) / 4 + channel * area(side) + (row + PAD) * (side + 2 * PAD) + PAD;
  }

  /**
   * Write a channel.
   * @param {FeatureMap} map
   * @param {number} slice
   * @param {number} channel
   * @param {Float32Array} values  [side * side].
   */
  write(map, slice, channel, values) {
    const { side } = map;
    for (let row = 0; row < side; row++) {
      this.floats.set(values.subarray(row * side, (row + 1) * side), this.row(map, slice, channel, row));
    }
  }

  /**
   * Read a channel, without the padding.
   * @param {FeatureMap} map
   * @param {number} slice
   * @param {number} channel
   */
  read(map, slice, channel) {
    const { side } = map;
    const found = new Float32Array(side * side);
    for (let row = 0; row < side; row++) {
      const from = this.row(map, slice, channel, row);
      found.set(this.floats.subarray(from, from + side), row * side);
    }
    return found;
  }
}
