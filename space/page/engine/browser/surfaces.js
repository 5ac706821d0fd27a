/* How far apart two surfaces are, in mm: the measures of space/surfaces.py.

   Taha AA, Hanbury A. Metrics for evaluating 3D medical image segmentation. BMC Med Imaging 2015;15:29 (Hausdorff distance,
   its 95th percentile, average surface distance). */

import { percentile } from "./numbers.js";
import { Tree } from "./tree.js";

/** @typedef {import("./case.js").Triple} Triple */

/**
 * The largest distance, the 95th percentile and the mean over all voxels of both surfaces; null where one of them is empty.
 * @param {Uint8Array} prediction  0 outside.
 * @param {Uint8Array} reference
 * @param {Triple} shape  Slices, rows, columns.
 * @param {Triple} spacing  Millimetres between them.
 * @returns {import("../port.js").Distances}
 */
export function surfaceDistances(prediction, reference, shape, spacing) {
  const [one, other] = [prediction, reference].map((mask) => surfaceOf(mask, shape, spacing));
  if (!one.length || !other.length) return { hausdorff: null, hausdorff95: null, mean: null };
  // a tree of the surfaces' voxels needs a few megabytes where a distance map of the volume needs gigabytes
  const apart = new Float64Array((one.length + other.length) / 3);
  let count = 0;
  for (const [from, to] of [[one, other], [other, one]]) {
    const tree = new Tree(to);
    for (let i = 0; i < from.length; i += 3) apart[count++] = tree.distance(from[i], from[i + 1], from[i + 2]);
  }
  apart.sort();
  const mean = apart.reduce((sum, distance) => sum + distance, 0) / count;
  return { hausdorff: apart[count - 1], hausdorff95: percentile(apart, 95), mean };
}

/**
 * Where the voxels on the surface lie, three numbers each, in mm: one of their six neighbours is outside.
 * @param {Uint8Array} mask
 * @param {Triple} shape
 * @param {Triple} spacing
 */
function surfaceOf(mask, [depth, height, width], spacing) {
  /** @type {number[]} */
  const found = [];
  const size = height * width;
  for (let i = 0; i < mask.length; i++) {
    if (!mask[i]) continue;
    const x = i % width;
    const y = ((i - x) / width) % height;
    const z = Math.floor(i / size);
    const isAtEdge = [x, y, z].some((at, axis) => at === 0 || at === [width, height, depth][axis] - 1);
    const isInside = !isAtEdge && [1, width, size].every((step) => mask[i - step] && mask[i + step]);
    if (!isInside) found.push(z * spacing[0], y * spacing[1], x * spacing[2]);
  }
  return Float64Array.from(found);
}
