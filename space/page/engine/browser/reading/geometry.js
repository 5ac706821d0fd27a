/* Where voxels lie: a volume turned to the way that radiologists look at it, as space/readers/geometry.py turns it. */

import { toScreen } from "../case.js";
import { rint } from "../numbers.js";

/**
 * @typedef {import("../case.js").Affine} Affine
 * @typedef {import("../case.js").Layout} Layout
 * @typedef {import("../case.js").Triple} Triple
 * @typedef {import("../case.js").Voxels} Voxels
 */

const ORDERS = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];
const AXES = [0, 1, 2];

/**
 * Turn a volume to the screen: first slice nearest the feet, spine down, the patient's right at the image's left.
 * @template {Voxels} V
 * @param {import("../case.js").Volume<V>} source
 * @param {Affine} affine  From (i, j, k, 1) to mm on DICOM's axes: towards the patient's left, back and head.
 * @returns {{volume: import("../case.js").Volume<V>, affine: Affine}}  Its own affine is from (x, y, z, 1).
 */
export function turned(source, affine) {
  const layout = layoutOf(affine);
  return { volume: toScreen(layout, source), affine: turnedAffine(source.shape, layout) };
}

/**
 * How a source with this affine is turned to the screen.
 * @param {Affine} affine
 * @returns {Layout}
 */
export function layoutOf(affine) {
  const sizes = sizesOf(affine);
  const unit = affine.slice(0, 3).map((row) => AXES.map((axis) => row[axis] / sizes[axis]));
  // which of the array's axes runs most along left, back and head
  /** @param {number[]} axes */
  const along = (axes) => axes.reduce((sum, axis, m) => sum + Math.abs(unit[m][axis]), 0);
  const best = ORDERS.reduce((most, axes) => (along(axes) > along(most) ? axes : most));
  const flips = AXES.filter((place) => unit[2 - place][best[2 - place]] < 0);
  return { axes: [best[2], best[1], best[0]], flips, affine, codes: null, instances: [], frameOfReference: "" };
}

/** @type {(shape: Triple, layout: Layout) => Affine} */
export function turnedAffine(shape, { axes, flips, affine }) {
  const from = /** @type {Affine} */ (affine);
  return from.map((row, m) => {
    if (m === 3) return [0, 0, 0, 1];
    const steps = axes.map((axis, place) => (flips.includes(place) ? -row[axis] : row[axis]));
    const start = flips.reduce((sum, place) => sum + row[axes[place]] * (shape[axes[place]] - 1), row[3]);
    return [...steps.reverse(), start];
  });
}

/** @type {(affine: Affine) => number[]}  Millimetres along each of its axes. */
export const sizesOf = (affine) => AXES.map((axis) => Math.sqrt(AXES.reduce((sum, m) => sum + affine[m][axis] ** 2, 0)));

/**
 * Millimetres between slices, rows and columns.
 * @param {Affine} affine
 * @returns {Triple}
 */
export function spacingOf(affine) {
  const [x, y, z] = sizesOf(affine);
  return [z, y, x];
}

/**
 * How many degrees the slices of a turned volume lean from the axial plane.
 * @param {Affine} affine
 */
export function leanOf(affine) {
  const sizes = sizesOf(affine);
  const [x, y] = [0, 1].map((axis) => AXES.map((m) => affine[m][axis] / sizes[axis]));
  return Math.acos(Math.min(1, Math.abs(x[0] * y[1] - x[1] * y[0]))) * (180 / Math.PI);
}

/**
 * Whether two turned volumes have the same voxels, to 1% of one.
 * @param {Triple} shape
 * @param {Affine} affine
 * @param {Triple} otherShape
 * @param {Affine} other
 */
export function sameGrid(shape, affine, otherShape, other) {
  if (shape.join() !== otherShape.join()) return false;
  const across = multiplied(inverse(other), affine);
  const [zs, ys, xs] = shape.map((side) => [0, side - 1]);
  const corners = xs.flatMap((x) => ys.flatMap((y) => zs.map((z) => [x, y, z])));
  const away = corners.flatMap((corner) => corner.map((at, m) => Math.abs(placed(across[m], corner) - at)));
  return Math.max(...away) < Math.max(0.01, 1e-5 * Math.max(...shape));
}

/**
 * Carry labels from one grid to another: each voxel gets the label at its centre, the nearest one.
 * @param {Triple} shape  Of the grid that they are wanted on.
 * @param {Affine} affine  Its own.
 * @param {import("../case.js").Volume<Uint16Array>} labels
 * @param {Affine} own  That of the labels.
 * @returns {Uint16Array | null}  Null if they lie elsewhere.
 */
export function onto(shape, affine, labels, own) {
  const [toX, toY, toZ] = multiplied(inverse(own), affine);
  const [depth, height, width] = labels.shape;
  const out = new Uint16Array(shape[0] * shape[1] * shape[2]);
  /** @type {(i: number, j: number, k: number) => number | undefined} */
  const labelAt = (i, j, k) => {
    const isInside = i >= 0 && i < width && j >= 0 && j < height && k >= 0 && k < depth;
    return isInside ? labels.values[(k * height + j) * width + i] : undefined;
  };
  let [inside, found, at] = [0, false, 0];
  for (let z = 0; z < shape[0]; z++) {
    for (let y = 0; y < shape[1]; y++) {
      for (let x = 0; x < shape[2]; x++, at++) {
        const label = labelAt(rint(place(toX, x, y, z)), rint(place(toY, x, y, z)), rint(place(toZ, x, y, z)));
        if (label === undefined) continue;
        inside++;
        out[at] = label;
        found ||= label > 0;
      }
    }
  }
  return found || inside > 0.2 * out.length ? out : null;
}

/** @type {(row: number[], x: number, y: number, z: number) => number} */
const place = (row, x, y, z) => row[0] * x + row[1] * y + row[2] * z + row[3];

/** @type {(row: number[], at: number[]) => number} */
const placed = (row, [x, y, z]) => place(row, x, y, z);

/** @type {(one: Affine, other: Affine) => Affine} */
export const multiplied = (one, other) => one.map((row) => (
  row.map((_, column) => row.reduce((sum, value, k) => sum + value * other[k][column], 0))));

/**
 * The volume of a voxel in cubic millimetres, negative where the axes are mirrored.
 * @param {Affine} affine
 */
export function determinant([a, b, c]) {
  return a[0] * (b[1] * c[2] - b[2] * c[1]) - a[1] * (b[0] * c[2] - b[2] * c[0]) + a[2] * (b[0] * c[1] - b[1] * c[0]);
}

/** @type {(affine: Affine) => Affine}  What leads back, by Gauss and Jordan, with the largest pivots. */
export function inverse(affine) {
  const rows = affine.map((row, m) => [...row, ...AXES.concat(3).map((n) => Number(m === n))]);
  for (let n = 0; n < 4; n++) {
    const rest = rows.slice(n).map((row) => Math.abs(row[n]));
    const best = n + rest.indexOf(Math.max(...rest));
    [rows[n], rows[best]] = [rows[best], rows[n]];
    const pivot = rows[n].map((value) => value / rows[n][n]);
    rows[n] = pivot;
    for (let m = 0; m < 4; m++) {
      const factor = rows[m][n];
      if (m !== n) rows[m] = rows[m].map((value, i) => value - factor * pivot[i]);
    }
  }
  return rows.map((row) => row.slice(4));
}
