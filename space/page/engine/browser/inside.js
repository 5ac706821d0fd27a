/* What a level of a network sees in a slice, as `look` of space/ui/inside.py draws it. */

import { rint } from "./numbers.js";
import { spreadOf } from "./statistics.js";
import { grid, picked } from "./tiles.js";

const STRONGEST = 4; // maps of each level that the drawing shows
const SMALL_TILE = 80; // longest side of one of them, in pixels

/**
 * @typedef {import("./network.js").Slice} Slice
 * @typedef {import("./network.js").Maps} Maps
 */

/**
 * @param {import("./answers.js").Wired} wired  The network, and how it is wired.
 * @param {Slice} slice  With the skip connections that are cut.
 * @param {string} wanted  The name of a level; an unknown one falls back to the first.
 * @returns {Promise<import("../port.js").Look>}
 */
export async function look({ network, about }, slice, wanted) {
  const { levels } = about;
  const level = levels.includes(wanted) ? wanted : levels[0];
  const { maps, probability, field } = await network.predict(slice, levels);
  const described = [];
  for (const name of levels) described.push(await describe(name, maps[name]));
  const [down, across] = [slice.height / field.height, slice.width / field.width];
  return {
    network: about.name,
    arrows: about.arrows,
    levels: described,
    level,
    skips: about.skips,
    cut: slice.cut,
    stem: about.stem,
    grid: await grid(maps[level]),
    kernels: about.kernels,
    probability,
    field: {
      top: rint(field.top * down), left: rint(field.left * across),
      height: rint(field.boxHeight * down), width: rint(field.boxWidth * across),
    },
    seen: [field.boxHeight, field.boxWidth],
  };
}

/**
 * @param {string} name
 * @param {Maps} maps
 */
async function describe(name, maps) {
  const { values, count, height, width } = maps;
  const spreads = Array.from({ length: count }, (_, k) => (
    spreadOf(values.subarray(k * height * width, (k + 1) * height * width)).deviation));
  const strongest = spreads.map((_, k) => k).sort((a, b) => spreads[b] - spreads[a] || a - b).slice(0, STRONGEST);
  return { name, filters: count, height, width, strongest, picture: await grid(picked(maps, strongest), SMALL_TILE) };
}
