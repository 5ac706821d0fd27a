/* A case as the engine in the browser holds it, and its mask: space/case.py and space/turning.py in JavaScript. */

import { turned } from "../../turns.js";
import { determinant } from "./reading/geometry.js";

/** @typedef {Int16Array | Float32Array | Uint8Array | Uint16Array} Voxels */
/**
 * @typedef {number[][]} Affine  Four rows of four numbers.
 * @typedef {[number, number, number]} Triple
 */
/**
 * @template {Voxels} [V=Voxels]
 * @typedef {object} Volume  Of a source: [i, j, k], where i runs fastest, then j. Of the screen: [z, y, x], where x does.
 * @property {V} values
 * @property {Triple} shape
 */
/**
 * @typedef {object} Case  A stack of axial slices as they are seen: the first is nearest the feet.
 * @property {string} name  Of a picture's file, without its ending; a volume's is neutral, as its files' names often tell
 *   the patient's.
 * @property {Int16Array | Float32Array} hu  Slice by slice, row by row.
 * @property {number} count  Of slices.
 * @property {number} height
 * @property {number} width
 * @property {Triple | null} spacing  Millimetres between slices, rows and columns, if they are known.
 * @property {Affine | null} affine  From (x, y, z, 1) to mm towards the patient's left, back and head; null where the source
 *   does not say where its slices lie, or they do not lie evenly.
 * @property {boolean} inHu  Whether the values are known to be HU.
 * @property {string} reading  How stored values were read; empty where the file says it itself.
 * @property {string[]} notes
 * @property {Layout | null} layout  How the source has it; null for a single picture, which has it as the screen does.
 */
/**
 * @typedef {object} Layout  How the screen's array [z, y, x] lies in the source's own.
 * @property {Triple} axes  Which of the source's axes runs along the screen's z, y and x.
 * @property {number[]} flips  Which of the screen's axes run backwards in the source.
 * @property {Affine | null} affine  From the source's (i, j, k, 1) to mm towards the patient's left, back and head. Where
 *   slices are missing it holds within each of them only. Null for pictures.
 * @property {[number, number] | null} codes  What a NIfTI file says of its sform and of its qform; null for others.
 * @property {Instance[]} instances  Of a DICOM series, whose source is (column, row, slice): each slice's on the screen.
 * @property {string} frameOfReference  The identifier of the space that a DICOM series lies in; empty if not said.
 */
/**
 * @typedef {object} Instance  The DICOM image that a slice came from. Its identifier is never shown.
 * @property {string} uid  Empty where the file has none.
 * @property {number} frame  Of the file, counted from 1.
 * @property {number} number  What programs for DICOM call it.
 * @property {Triple | null} position  The middle of its first pixel, in mm; null if not said.
 */
/**
 * @typedef {object} Mask
 * @property {Uint8Array} organ  1 where the organ is, slice by slice.
 * @property {string[]} notes
 */
/**
 * @typedef {object} Labels  The structures of a mask file on a grid.
 * @property {Volume<Uint16Array>} volume  0 where nothing is.
 * @property {Map<number, string[]>} members  Which labels each other value stands for: one, or several that overlap.
 * @property {Map<string, number>} present  How many voxels of its own grid each label has.
 * @property {Map<string, string>} names  What labels are called, those of which that is known; text that is safe to show.
 * @property {string[]} notes  How they were read and came onto the grid.
 */

/**
 * Where one of the labels is, 1 each.
 * @param {Labels} labels
 * @param {string} label
 */
export function organOf({ volume, members }, label) {
  const wanted = new Uint8Array(65536);
  for (const [value, labels] of members) wanted[value] = Number(labels.includes(label));
  const organ = new Uint8Array(volume.values.length);
  for (let i = 0; i < organ.length; i++) organ[i] = wanted[volume.values[i]];
  return organ;
}

/**
 * Whether the rows and columns of DICOM's images are shown in another way than they are stored.
 * @param {Layout} layout
 */
export function isTurned({ instances, axes, flips }) {
  return instances.length > 0 && (axes[1] !== 1 || axes[2] !== 0 || flips.includes(1) || flips.includes(2));
}

/**
 * A volume of the source as the screen has it; the same array where both are alike.
 * @template {Voxels} V
 * @param {Layout} layout
 * @param {Volume<V>} source
 * @returns {Volume<V>}
 */
export function toScreen(layout, { values, shape }) {
  const seen = /** @type {Triple} */ (layout.axes.map((axis) => shape[axis]));
  const out = carried(layout, seen, values, (into, from, at) => { into[at.screen] = from[at.source]; });
  return { values: out, shape: seen };
}

/**
 * A volume of the screen as the source has it; the same array where both are alike.
 * @template {Voxels} V
 * @param {Layout} layout
 * @param {Volume<V>} seen
 * @returns {Volume<V>}
 */
export function toSource(layout, { values, shape }) {
  const out = carried(layout, shape, values, (into, from, at) => { into[at.source] = from[at.screen]; });
  return { values: out, shape: sourceShape(layout, shape) };
}

/** @type {(layout: Layout, seen: Triple) => Triple} */
const sourceShape = ({ axes }, seen) => /** @type {Triple} */ ([0, 1, 2].map((axis) => seen[axes.indexOf(axis)]));

/**
 * @template {Voxels} V
 * @param {Layout} layout
 * @param {Triple} seen  The volume's shape on the screen.
 * @param {V} from
 * @param {(into: V, from: V, at: {screen: number, source: number}) => void} put
 * @returns {V}
 */
function carried(layout, seen, from, put) {
  const { axes, flips } = layout;
  if (axes.join() === "2,1,0" && !flips.length) return from;
  const shape = sourceShape(layout, seen);
  const strides = [1, shape[0], shape[0] * shape[1]];
  const steps = axes.map((axis, place) => (flips.includes(place) ? -strides[axis] : strides[axis]));
  const first = steps.reduce((sum, step, place) => sum - Math.min(0, step) * (seen[place] - 1), 0);
  const into = /** @type {V} */ (from.slice());
  const at = { screen: 0, source: 0 };
  for (let z = 0; z < seen[0]; z++) {
    for (let y = 0; y < seen[1]; y++) {
      at.source = first + z * steps[0] + y * steps[1];
      for (let x = 0; x < seen[2]; x++, at.screen++, at.source += steps[2]) put(into, from, at);
    }
  }
  return into;
}

/**
 * The volume of a voxel; null where it is not known.
 * @param {Case} one
 */
export function millilitres({ affine, spacing }) {
  if (affine) return Math.abs(determinant(affine)) / 1000; // of leaning slices less than the product
  return spacing && (spacing[0] * spacing[1] * spacing[2]) / 1000;
}

const MIRRORED = 4;
const WORDS = ["", "turned a quarter clockwise", "turned upside down", "turned a quarter anticlockwise"];

/**
 * A case with all its slices turned; where they then lie in the patient is not known any more.
 * @param {Case} one
 * @param {number} turn  As `Source` of port.js has it.
 * @returns {Case}
 */
export function turnedCase(one, turn) {
  if (!turn) return one;
  const swapped = turn % 2 === 1;
  const spacing = one.spacing && swapped
    ? /** @type {[number, number, number]} */ ([one.spacing[0], one.spacing[2], one.spacing[1]]) : one.spacing;
  const done = turn >= MIRRORED ? ["mirrored left to right"] : [];
  if (turn % MIRRORED) done.push(WORDS[turn % MIRRORED]);
  return {
    ...one, spacing, affine: null,
    hu: turnedStack(one.hu, one, turn),
    height: swapped ? one.width : one.height,
    width: swapped ? one.height : one.width,
    notes: [...one.notes, `The slices are ${done.join(" and ")}, as you asked.`],
  };
}

/**
 * All slices of a stack, turned.
 * @template {Voxels} Stack
 * @param {Stack} stack
 * @param {{count: number, height: number, width: number}} shape  Of the stack as it is given.
 * @param {number} turn
 * @returns {Stack}
 */
export function turnedStack(stack, { count, height, width }, turn) {
  const out = /** @type {Stack} */ (stack.slice());
  const [from, to] = [stack, out].map(({ buffer, byteOffset, byteLength }) => (
    new Uint8Array(buffer, byteOffset, byteLength)));
  const size = from.length / count;
  for (let k = 0; k < count; k++) {
    to.set(turned(from.subarray(k * size, (k + 1) * size), width, height, turn).pixels, k * size);
  }
  return out;
}

/** @param {Case} one */
export const pixelMm = ({ spacing }) => (spacing ? [spacing[1], spacing[2]] : [0, 0]);
