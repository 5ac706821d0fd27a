/* Maps side by side in one picture, as `grid` of space/ui/payload.py draws them. */

import { pngOf } from "../../png.js";
import { extremes, rint } from "./numbers.js";

/** @typedef {import("./network.js").Maps} Maps */

const LARGEST = 160; // larger maps are shown in half their size

/**
 * @param {Maps} maps
 * @param {number} [largest]  Maps of longer sides are halved, by the mean of four pixels, until none is longer.
 * @returns {Promise<import("../port.js").Tiles>}
 */
export async function grid(maps, largest = LARGEST) {
  let shown = maps;
  while (Math.max(shown.height, shown.width) > largest) shown = halved(shown);
  const { values, count, height, width } = shown;
  const columns = Math.min(count, 2 ** Math.ceil(Math.log2(count) / 2));
  const rows = Math.ceil(count / columns);
  const pixels = new Uint8Array(rows * height * columns * width);
  for (let k = 0; k < count; k++) {
    const map = values.subarray(k * height * width, (k + 1) * height * width);
    const [low, high] = extremes(map);
    const extent = Math.fround(high - low);
    const first = Math.floor(k / columns) * height * columns * width + (k % columns) * width;
    for (let i = 0; i < map.length; i++) {
      const share = extent > 0 ? Math.fround(Math.fround(map[i] - low) / extent) : 0;
      pixels[first + Math.floor(i / width) * columns * width + (i % width)] = rint(Math.fround(share * 255));
    }
  }
  const picture = await pngOf(pixels, columns * width, rows * height);
  return { url: await dataUrl(picture), count, columns, rows, height, width };
}

/**
 * @param {Maps} maps
 * @returns {Maps}
 */
function halved({ values, count, height, width }) {
  const [down, across] = [Math.floor(height / 2), Math.floor(width / 2)];
  const half = new Float32Array(count * down * across);
  for (let k = 0; k < count; k++) {
    for (let y = 0; y < down; y++) {
      for (let x = 0; x < across; x++) {
        const at = (k * height + 2 * y) * width + 2 * x;
        const left = Math.fround(values[at] + values[at + width]);
        const sum = Math.fround(Math.fround(left + values[at + 1]) + values[at + width + 1]);
        half[(k * down + y) * across + x] = sum / 4;
      }
    }
  }
  return { values: half, count, height: down, width: across };
}

/**
 * Some of the maps.
 * @param {Maps} maps
 * @param {number[]} numbers
 * @returns {Maps}
 */
export function picked({ values, height, width }, numbers) {
  const size = height * width;
  const some = new Float32Array(numbers.length * size);
  numbers.forEach((number, i) => some.set(values.subarray(number * size, (number + 1) * size), i * size));
  return { values: some, count: numbers.length, height, width };
}

/** @param {Blob} picture */
async function dataUrl(picture) {
  const bytes = new Uint8Array(await picture.arrayBuffer());
  let text = "";
  for (let at = 0; at < bytes.length; at += 32768) text += String.fromCharCode(...bytes.subarray(at, at + 32768));
  return `data:image/png;base64,${btoa(text)}`;
}
