/* One operation of a network on a slice: a map that goes in, a map that comes out, and the numbers between them, as
   space/ui/operation.py finds them. */

import { Refused } from "../port.js";
import { histogram, largestAt, spreadOf } from "./statistics.js";

const BARS = 48;
const WHOLE = "layer norm"; // normalises all maps together; others each map by itself, or a few

/**
 * @typedef {object} Probe  Where in a model file an operation's tensors are.
 * @property {import("../port.js").Operation} operation
 * @property {string[]} inputs
 * @property {string} output
 * @property {boolean[]} mapsLast  Of each of these, in their order: whether its last axis counts the maps.
 * @property {string | null} kernel
 * @property {string | null} bias
 */
/** @typedef {{values: Float32Array, height: number, width: number}[]} Planes  Maps. */
/** @typedef {{values: Float32Array, dims: readonly number[]}} Kernel  [out, in, rows, columns]; transposed: in, out. */

/**
 * @param {import("./answers.js").Wired} wired
 * @param {import("./network.js").Slice} slice
 * @param {string} name
 * @param {number | null} from
 * @param {number | null} to
 * @returns {Promise<import("../port.js").Passage>}
 */
export async function operation({ network, about }, slice, name, from, to) {
  const probe = about.probes[name];
  if (!probe) throw new Refused(`This network has no operation that is called '${name}': please choose another one.`);
  const tensors = [...probe.inputs, probe.output];
  const weights = [probe.kernel, probe.bias].filter((tensor) => tensor !== null);
  const found = await network.look(slice, [...tensors, ...weights]);
  const [outputs, ...inputs] = [probe.output, ...probe.inputs].map((tensor) => (
    planesOf(found[tensor], probe.mapsLast[tensors.indexOf(tensor)])));
  const maps = inputs.flat();
  const inRange = (/** @type {number | null} */ number, /** @type {number} */ count) => number === null || number < count;
  if (!inRange(to, outputs.length) || !inRange(from, maps.length)) {
    throw new Refused(`${name} has no such map: ${maps.length} go in and ${outputs.length} come out.`);
  }
  const chosen = to ?? largestAt(outputs.map(({ values }) => spreadOf(values).deviation));
  const kernel = probe.kernel === null ? null : { values: found[probe.kernel].data, dims: found[probe.kernel].dims };
  const read = readBy(probe, { inputs, outputs, kernel, chosen }, from);
  const { kind, stride, before, kernel: window } = probe.operation;
  return {
    name, kind, stride, before, window,
    input: { ...maps[read], number: read, count: maps.length },
    output: { ...outputs[chosen], number: chosen, count: outputs.length },
    parts: inputs.map(({ length }) => length),
    kernel: kernel && rowsOf(kernel, kind.includes("transposed") ? [read, chosen] : [chosen, read]),
    bias: probe.kernel === null ? null : probe.bias === null ? 0 : found[probe.bias].data[chosen],
    norm: kind.endsWith(" norm") ? norm(kind, { inputs, outputs }, maps[read].values, outputs[chosen].values) : null,
  };
}

/**
 * @param {{data: Float32Array, dims: readonly number[]}} tensor
 * @param {boolean} mapsLast
 * @returns {Planes}
 */
function planesOf({ data, dims: [, a, b, c] }, mapsLast) {
  if (!mapsLast) {
    return Array.from({ length: a }, (_, k) => ({ values: data.slice(k * b * c, (k + 1) * b * c), height: b, width: c }));
  }
  return Array.from({ length: c }, (_, k) => (
    { values: Float32Array.from({ length: a * b }, (_, i) => data[i * c + k]), height: a, width: b }));
}

/**
 * Which input map is looked at, for an output map.
 * @param {Probe} probe
 * @param {{inputs: Planes[], outputs: Planes, kernel: Kernel | null, chosen: number}} passage
 * @param {number | null} wanted
 */
function readBy({ operation: { kind, stride, before } }, { inputs, outputs, kernel, chosen }, wanted) {
  if (!kernel) return inputs.flat().length === outputs.length ? chosen : 0; // a map for a map; of a curve, the one it bends
  if (wanted !== null) return wanted;
  const transposed = kind.includes("transposed");
  return largestAt(inputs[0].map((plane, k) => {
    const weights = rowsOf(kernel, transposed ? [k, chosen] : [chosen, k]);
    if (!transposed) return added(plane, weights, outputs[chosen], { stride, before });
    // where patches do not overlap, this is all that a map adds
    return sizeOf(plane.values) * sizeOf(Float32Array.from(weights.flat()));
  }));
}

/** @param {Float32Array} values */
const sizeOf = (values) => values.reduce((sum, value) => sum + Math.abs(value), 0);

/**
 * The mean size of what an input map adds to an output map of a convolution.
 * @param {Planes[0]} input
 * @param {number[][]} weights
 * @param {Planes[0]} output
 * @param {{stride: number, before: number}} form
 */
function added(input, weights, { height, width }, { stride, before }) {
  let sum = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      let product = 0;
      for (let row = 0; row < weights.length; row++) {
        const down = y * stride + row - before;
        if (down < 0 || down >= input.height) continue;
        for (let column = 0; column < weights[row].length; column++) {
          const across = x * stride + column - before;
          if (across < 0 || across >= input.width) continue;
          product += weights[row][column] * input.values[down * input.width + across];
        }
      }
      sum += Math.abs(product);
    }
  }
  return sum / (height * width);
}

/**
 * @param {Kernel} kernel
 * @param {[number, number]} at
 * @returns {number[][]}
 */
function rowsOf({ values, dims: [, second, rows, columns] }, [i, j]) {
  const first = (i * second + j) * rows * columns;
  return Array.from({ length: rows }, (_, row) => (
    Array.from(values.subarray(first + row * columns, first + (row + 1) * columns))));
}

/**
 * What a normalisation does: to all that it normalises together, and to the numbers of one map.
 * @param {string} kind
 * @param {{inputs: Planes[], outputs: Planes}} passage
 * @param {Float32Array} before
 * @param {Float32Array} after
 * @returns {import("../port.js").Norm}
 */
function norm(kind, { inputs, outputs }, before, after) {
  const whole = kind === WHOLE;
  const [low, high] = [largestAt(before.map((value) => -value)), largestAt(before)];
  const spread = before[high] - before[low];
  const factor = spread ? (after[high] - after[low]) / spread : null;
  return {
    together: whole ? outputs.length : 1,
    before: histogram(whole ? joined(inputs[0]) : before, BARS),
    after: histogram(whole ? joined(outputs) : after, BARS),
    factor,
    offset: factor === null ? null : after[low] - factor * before[low],
  };
}

/** @param {Planes} planes */
function joined(planes) {
  const all = new Float32Array(planes.reduce((sum, { values }) => sum + values.length, 0));
  let at = 0;
  for (const { values } of planes) {
    all.set(values, at);
    at += values.length;
  }
  return all;
}
