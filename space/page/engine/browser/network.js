/* The networks, run by ONNX Runtime's WebAssembly on one thread: the same model files as in Python, the same numbers. */

import * as ort from "onnxruntime-web/wasm";

/**
 * @typedef {object} Field  What the network saw: of the slice at height x width, a box.
 * @property {number} height
 * @property {number} width
 * @property {number} top
 * @property {number} left
 * @property {number} boxHeight
 * @property {number} boxWidth
 */
/**
 * @typedef {object} Found  What a model file says of a slice.
 * @property {Uint8Array} pixels
 * @property {Uint8Array} probability
 * @property {[number, number, number][]} table
 * @property {Field} field
 * @property {Record<string, Maps>} maps  Of those levels that were asked for.
 */
/** @typedef {{values: Float32Array, count: number, height: number, width: number}} Maps */
/**
 * @typedef {object} Slice  What a network is to look at.
 * @property {Int16Array | Float32Array} hu
 * @property {number} height
 * @property {number} width
 * @property {number[]} pixelMm  Height and width of a pixel; 0 where not known.
 * @property {Uint8Array | null} reference  1 where the mask is.
 * @property {number[]} cut  Skip connections.
 */

/* Every operator as the file has it: to look for shortcuts takes a third of a second, and saves none of a slice's time. */
const AS_IT_IS = /** @type {const} */ ({ executionProviders: ["wasm"], graphOptimizationLevel: "disabled" });
const USUAL = 512; // rows and columns of a slice

/** @param {Uint8Array<ArrayBuffer>} wasm */
export function useRuntime(wasm) {
  ort.env.wasm.wasmBinary = wasm.buffer;
  ort.env.wasm.numThreads = 1; // more need headers of the server's, and were hardly faster
  ort.env.logLevel = "error";
}

export class Network {
  /**
   * @param {Uint8Array<ArrayBuffer>} model
   * @param {number} skips  Its skip connections.
   * @param {Uint8Array<ArrayBuffer>} outputs  A piece of a model file that makes more tensors outputs: two files in a row
   *   are one to ONNX's format, whose lists go on.
   */
  constructor(model, skips, outputs) {
    this.model = model;
    this.skips = skips;
    this.outputs = outputs;
    /** @type {Promise<ort.InferenceSession> | null} */
    this.plain = null;
    /** @type {Promise<ort.InferenceSession> | null} */
    this.open = null;
  }

  /** A session for answers. */
  session() {
    this.plain ??= ort.InferenceSession.create(this.model, AS_IT_IS);
    return this.plain;
  }

  /** A session for a look inside. */
  microscope() {
    if (!this.open) {
      const whole = new Uint8Array(this.model.length + this.outputs.length);
      whole.set(this.model);
      whole.set(this.outputs, this.model.length);
      this.open = ort.InferenceSession.create(whole, AS_IT_IS);
    }
    return this.open;
  }

  /** Look at nothing once: browsers make code fast while it runs, and the first slice takes four times as long as others. */
  async warm() {
    const hu = new Int16Array(USUAL * USUAL);
    await this.predict({ hu, height: USUAL, width: USUAL, pixelMm: [0, 0], reference: null, cut: [] });
  }

  /**
   * @param {Slice} slice
   * @param {string[]} [levels]  Whose maps are wanted.
   * @returns {Promise<Found>}
   */
  async predict(slice, levels = []) {
    const session = await this.session();
    const out = await session.run(this.feed(slice), ["pixels", "map", "table", "field", ...levels]);
    const counts = Array.from(/** @type {BigInt64Array} */ (out.table.data), Number);
    const [height, width, top, left, boxHeight, boxWidth] = Array.from(
      /** @type {BigInt64Array} */ (out.field.data), Number);
    return {
      pixels: /** @type {Uint8Array} */ (out.pixels.data),
      probability: /** @type {Uint8Array} */ (out.map.data),
      table: Array.from({ length: 256 }, (_, level) => [counts[3 * level], counts[3 * level + 1], counts[3 * level + 2]]),
      field: { height, width, top, left, boxHeight, boxWidth },
      maps: Object.fromEntries(levels.map((name) => [name, mapsOf(out[name])])),
    };
  }

  /**
   * Some of the tensors within a network, as the file has them.
   * @param {Slice} slice
   * @param {string[]} tensors
   * @returns {Promise<Record<string, {data: Float32Array, dims: readonly number[]}>>}
   */
  async look(slice, tensors) {
    const session = await this.microscope();
    const out = await session.run(this.feed(slice), [...new Set(tensors)]);
    return Object.fromEntries(tensors.map((name) => [
      name, { data: /** @type {Float32Array} */ (out[name].data), dims: out[name].dims }]));
  }

  /** @param {Slice} slice */
  feed({ hu, height, width, pixelMm, reference, cut }) {
    /** @type {Record<string, ort.Tensor>} */
    const inputs = {
      hu: new ort.Tensor("float32", new Float32Array(hu), [height, width]),
      reference: new ort.Tensor("uint8", reference?.slice() ?? new Uint8Array(hu.length), [height, width]),
      pixel_mm: new ort.Tensor("float32", Float32Array.from(pixelMm), [2]),
    };
    if (this.skips) {
      const gain = Float32Array.from({ length: this.skips }, (_, skip) => Number(!cut.includes(skip)));
      inputs.skip_gain = new ort.Tensor("float32", gain, [this.skips]);
    }
    return inputs;
  }
}

/**
 * @param {ort.Tensor} tensor  [1, maps, height, width]
 * @returns {Maps}
 */
function mapsOf({ data, dims: [, count, height, width] }) {
  return { values: /** @type {Float32Array} */ (data), count, height, width };
}
