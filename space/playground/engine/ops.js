/* What ../ops/*.c exports. Arguments that are addresses: bytes in the memory. */

/**
 * @typedef {number} At  An address.
 * @typedef {object} Ops
 * @property {WebAssembly.Memory} memory
 * @property {WebAssembly.Global} __heap_base
 * @property {(x: At, kernel: At, bias: At, y: At, h: number, w: number, inner: number, outer: number, k: number,
 *   before: number, add: number) => void} conv
 * @property {(kernel: At, to: At, inner: number, outer: number, k: number) => void} mirror
 * @property {(x: At, dy: At, dkernel: At, dbias: At, h: number, w: number, inner: number, outer: number, k: number,
 *   before: number) => void} conv_kernel
 * @property {(x: At, y: At, channels: number, h: number, w: number, kind: number) => void} act
 * @property {(y: At, dy: At, dx: At, channels: number, h: number, w: number, kind: number) => void} act_back
 * @property {(x: At, factor: At, y: At, channels: number, h: number, w: number) => void} drop
 * @property {(dy: At, factor: At, dx: At, channels: number, h: number, w: number) => void} drop_back
 * @property {(x: At, y: At, channels: number, h: number, w: number) => number} norm
 * @property {(y: At, dy: At, dx: At, channels: number, h: number, w: number, scale: number) => void} norm_back
 * @property {(x: At, sums: At, channels: number, h: number, w: number) => void} channel_sums
 * @property {(x: At, mean: At, sums: At, channels: number, h: number, w: number) => void} channel_squares
 * @property {(x: At, mean: At, scale: At, y: At, channels: number, h: number, w: number) => void} standardize
 * @property {(y: At, dy: At, sums: At, channels: number, h: number, w: number) => void} channel_slopes
 * @property {(y: At, dy: At, dx: At, scale: At, mean: At, slope: At, channels: number, h: number, w: number) => void
 *   } standardize_back
 * @property {(x: At, y: At, channels: number, h: number, w: number) => void} pool
 * @property {(x: At, dy: At, dx: At, channels: number, h: number, w: number) => void} pool_back
 * @property {(x: At, y: At, channels: number, h: number, w: number) => void} enlarge
 * @property {(dy: At, dx: At, channels: number, h: number, w: number) => void} enlarge_back
 * @property {(x: At, bias: At, y: At, channels: number, h: number, w: number) => void} spread
 * @property {(dy: At, dx: At, dbias: At, channels: number, h: number, w: number) => void} spread_back
 * @property {(z: At, truth: At, p: At, sums: At, h: number, w: number) => void} answer
 * @property {(p: At, truth: At, dz: At, h: number, w: number, a: number, on: number, off: number) => void} answer_back
 */

/**
 * The operations with a memory of their own.
 * @param {WebAssembly.Module} module  Of ops.wasm.
 * @returns {Ops}
 */
export function instantiate(module) {
  return /** @type {Ops} */ (/** @type {unknown} */ (new WebAssembly.Instance(module).exports));
}
