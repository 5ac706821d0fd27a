/* A look inside a network: the maps of its levels for one slice, and its first kernels. */

/**
 * @typedef {object} LevelMaps
 * @property {string} name
 * @property {number} side
 * @property {number} channels
 * @property {Uint8Array[]} pictures  Of the first channels, each stretched to 0..255.
 * @typedef {{side: number, filters: number, values: Float32Array}} Kernels  [side, side, 1, filters].
 */

/**
 * @param {import("./unet.js").UNet} net
 * @param {import("./unet.js").Slice} slice
 * @param {number} most  Maps per level.
 * @returns {LevelMaps[]}
 */
export function levelMaps(net, slice, most) {
  net.forward([slice], false);
  return net.levels.map(({ name, map }) => ({
    name,
    side: map.side,
    channels: map.channels,
    pictures: Array.from({ length: Math.min(most, map.channels) }, (_, c) => stretched(net.memory.read(map, 0, c))),
  }));
}

/**
 * @param {import("./unet.js").UNet} net
 * @returns {Kernels}
 */
export function firstKernels(net) {
  const [first] = net.memory.parameters;
  return { side: first.shape[0], filters: first.shape[3], values: net.memory.view(first).slice() };
}

/** @param {Float32Array} values */
function stretched(values) {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  return Uint8Array.from(values, (value) => (high > low ? (255 * (value - low)) / (high - low) : 0));
}
