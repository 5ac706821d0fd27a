/* A mask -> PNG: one picture, or a zip of one for each slice, 255 where the organ is and 0 elsewhere, as
   space/writers/png.py writes them. */

import { pngOf } from "../../../png.js";
import { toSource } from "../case.js";
import { zipOf } from "./zip.js";

/**
 * The mask of a single slice as a PNG file, that of a volume as a zip of them.
 *
 * Masks of DICOM have the rows and columns of its images as they are stored; all others are as they are shown. The pictures
 * are named by the numbers of DICOM's images, or in the order in which the file, or the pictures, have the slices.
 * @param {Uint8Array} mask  1 where it is, on the case's grid.
 * @param {import("../case.js").Case} one
 */
export async function pngMask(mask, one) {
  const { planes, width, height } = asStored(mask, one);
  /** @type {{name: string, data: Uint8Array<ArrayBuffer>}[]} */
  const pictures = [];
  for (const { number, plane } of planes) {
    const picture = await pngOf(plane.map((marked) => 255 * marked), width, height);
    const name = `mask-${String(number).padStart(4, "0")}.png`;
    pictures.push({ name, data: new Uint8Array(await picture.arrayBuffer()) });
  }
  return pictures.length === 1 ? pictures[0].data : zipOf(pictures);
}

/** @type {(mask: Uint8Array, one: import("../case.js").Case) => {planes: {number: number, plane: Uint8Array}[],
 *   width: number, height: number}} */
function asStored(mask, { layout, count, height, width }) {
  const backwards = layout?.flips.includes(0);
  if (!layout?.instances.length) {
    const planes = planesOf(mask, height * width);
    return { planes: numbered(backwards ? planes.reverse() : planes, []), width, height };
  }
  const { values, shape } = toSource(layout, { values: mask, shape: [count, height, width] });
  const numbers = layout.instances.map(({ number }) => number);
  const planes = planesOf(values, shape[0] * shape[1]);
  return { planes: numbered(planes, backwards ? numbers.reverse() : numbers), width: shape[0], height: shape[1] };
}

/** @type {(mask: Uint8Array, size: number) => Uint8Array[]} */
const planesOf = (mask, size) => (
  Array.from({ length: mask.length / size }, (_, k) => mask.subarray(k * size, (k + 1) * size)));

/** @type {(planes: Uint8Array[], numbers: number[]) => {number: number, plane: Uint8Array}[]} */
function numbered(planes, numbers) {
  const isGood = new Set(numbers).size === planes.length && Math.min(...numbers) >= 1;
  return planes.map((plane, k) => ({ number: isGood ? numbers[k] : k + 1, plane })).sort((a, b) => a.number - b.number);
}
