/* Several pictures -> one volume: a scan, or the masks of one. A picture is a slice; their names tell the order alone.

   space/readers/stack.py in JavaScript. Which end of the body the first of them shows, no picture says: that is asked. */

import { Refused } from "../../port.js";
import { isTurned, toScreen } from "../case.js";
import { classesOf, colourName, TRANSPARENT, withoutBlur } from "./classes.js";
import { EMPTY, MANY } from "./overlay.js";
import { readSlice } from "./picture.js";
import { Question } from "./question.js";
import { openRaster } from "./raster.js";
import { MAX_VOXELS } from "./volume.js";

const [FEET_FIRST, HEAD_FIRST] = ["feet-first", "head-first"];
export const ORDERS = [
  { value: FEET_FIRST, words: "the first picture is nearest the feet" },
  { value: HEAD_FIRST, words: "the first picture is nearest the head" },
];
const MOST = 0.5; // of all slices: a mask marks less
const SAME_NAME = "Several of the pictures have the same name, so their order is not known: please number them.";
const STORED = "The slices are stored turned, and the mask's pictures were taken as they are stored.";
const MARK_MOST = "The mask's pictures mark more than half of all pixels: the organ must be white, or one colour, on a "
  + "black ground.";

/**
 * @typedef {import("../answers.js").Facts} Facts
 * @typedef {import("../case.js").Case} Case
 * @typedef {import("../case.js").Labels} Labels
 * @typedef {import("../case.js").Triple} Triple
 */
/** @typedef {import("./archive.js").Content} Content */
/** @typedef {{values: Uint16Array, width: number, height: number}} Plane */
/** @typedef {import("./overlay.js").Grid} Grid */

/**
 * @param {Content[]} pictures  PNG, JPEG or TIFF files of slices.
 * @param {string} values  How to read the stored values, of all of them.
 * @param {string | null} order  Whether the first is nearest the feet or the head.
 * @param {Facts} facts
 * @returns {Promise<Case>}
 */
export async function readPictureVolume(pictures, values, order, facts) {
  /** @type {Case[]} */
  const slices = [];
  for (const file of inOrder(pictures)) slices.push(await readSlice(file, values, facts));
  const [first] = slices;
  const { width, height } = first;
  if (slices.some((one) => one.width !== width || one.height !== height)) {
    throw new Refused("The pictures are not all of one size: please give those of one series.");
  }
  const size = width * height;
  if (slices.length * size > MAX_VOXELS) {
    throw new Refused(`The pictures are too many: at most ${MAX_VOXELS >> 20} million pixels can be read.`);
  }
  const readings = [...new Set(slices.map(({ reading }) => reading))].sort();
  if (readings.length > 1) {
    const choices = readings.map((value) => ({ value, words: facts.readings[value] }));
    throw new Question("The pictures do not all hold their values in the same way: how should all of them be read?",
      "values", choices);
  }
  const single = slices.length === 1;
  const backwards = !single && isHeadFirst(order, "slices");
  const hu = new (first.hu instanceof Int16Array ? Int16Array : Float32Array)(slices.length * size);
  (backwards ? [...slices].reverse() : slices).forEach((one, place) => hu.set(one.hu, place * size));
  const stacked = `The slices are ${slices.length} pictures in the order of the numbers in their names, ${order}, as you `
    + "said; the distance between them is not known.";
  const notes = new Set([...single ? [] : [stacked], ...slices.flatMap((one) => one.notes)]);
  return {
    ...first, name: single ? "picture" : "pictures", hu, count: slices.length, notes: [...notes],
    layout: single ? null : {
      axes: [0, 1, 2], flips: backwards ? [0] : [], affine: null, codes: null, instances: [], frameOfReference: "",
    },
  };
}

/**
 * Pictures of masks, one for each slice of a volume.
 *
 * Those of a DICOM series have its rows and columns as they are stored; all others have the pixels as they are shown.
 * @param {Content[]} pictures
 * @param {Grid | null} grid  Of the volume; without it only what the pictures mark is of interest.
 * @param {string | null} order  As `readPictureVolume` takes it.
 * @returns {Promise<Labels>}
 */
export async function readPictureLabels(pictures, grid, order) {
  /** @type {Map<string, number>} */
  const labels = new Map();
  /** @type {Plane[]} */
  const planes = [];
  for (const file of inOrder(pictures)) planes.push(await planeOf(file, labels));
  const [{ width, height }] = planes;
  if (planes.some((plane) => plane.width !== width || plane.height !== height)) {
    throw new Refused("The mask's pictures are not all of one size: please give those of one series.");
  }
  const size = width * height;
  const values = new Uint16Array(planes.length * size);
  planes.forEach((plane, place) => values.set(plane.values, place * size));
  const counts = new Uint32Array(labels.size + 1);
  for (const value of values) counts[value]++;
  if (counts[0] === values.length) throw new Refused(EMPTY);
  if (values.length - counts[0] > MOST * values.length) throw new Refused(MARK_MOST);
  const many = `The mask is ${planes.length} pictures in the order of the numbers in their names.`;
  const seen = { values, shape: /** @type {Triple} */ ([planes.length, height, width]) };
  const placed = grid ? ontoSlices(seen, grid, order) : { volume: seen, turned: false };
  return {
    volume: placed.volume,
    members: new Map([...labels].map(([label, number]) => [number, [label]])),
    present: new Map([...labels].map(([label, number]) => [label, counts[number]])),
    names: new Map([...labels.keys()].filter((label) => label.startsWith("#")).map((label) => [label, colourName(label)])),
    notes: [...planes.length > 1 ? [many] : [], ...placed.turned ? [STORED] : []],
  };
}

/**
 * Masks [picture, y, x] on a volume's grid, and whether they had to be turned.
 * @param {Labels["volume"]} seen
 * @param {Grid} grid
 * @param {string | null} order
 */
function ontoSlices({ values, shape: [count, height, width] }, grid, order) {
  const { shape, layout } = grid;
  const stored = layout !== null && layout.instances.length > 0;
  if (count !== shape[0]) {
    const is = count === 1 ? "one picture" : `${count} pictures`;
    const wanted = shape[0] === 1 ? "is one slice" : `has ${shape[0]} slices`;
    throw new Refused(`The mask is ${is}, but the scan ${wanted}: please give a picture for each slice, or a label volume `
      + "(NIfTI or DICOM SEG).");
  }
  const [rows, columns] = stored ? [shape[layout.axes.indexOf(1)], shape[layout.axes.indexOf(0)]] : shape.slice(1);
  if (height !== rows || width !== columns) {
    throw new Refused(`The mask's pictures are ${width} x ${height} pixels, but the slices are ${columns} x ${rows}: both `
      + "must show the same pixels.");
  }
  const size = width * height;
  const backwards = count > 1 && isHeadFirst(order, "mask's pictures");
  const along = backwards ? reversed(values, size) : values;
  if (!stored) return { volume: { values: along, shape }, turned: false };
  const source = layout.flips.includes(0) ? reversed(along, size) : along; // of DICOM: column, row, slice
  return { volume: toScreen(layout, { values: source, shape: [width, height, count] }), turned: isTurned(layout) };
}

/** @type {(values: Uint16Array, size: number) => Uint16Array}  The slices in the other order. */
function reversed(values, size) {
  const out = new Uint16Array(values.length);
  for (let at = 0; at < values.length; at += size) out.set(values.subarray(at, at + size), values.length - size - at);
  return out;
}

/**
 * What a mask's picture marks.
 * @param {File} file
 * @param {Map<string, number>} labels  Gives each value its number, and gets new ones.
 * @returns {Promise<Plane>}
 */
async function planeOf(file, labels) {
  const raster = await openRaster(file);
  const found = classesOf(raster, file.name);
  const { values, black, numbers } = withoutBlur(found) ?? found;
  const background = values.includes(TRANSPARENT) ? TRANSPARENT : black;
  if (values.length > MANY) {
    throw new Refused(`The mask ${file.name} has ${values.length} values, as a picture has: it is no mask.`);
  }
  const table = Uint16Array.from(values, (value) => {
    if (value === background) return 0;
    if (!labels.has(value)) labels.set(value, labels.size + 1);
    return labels.get(value) ?? 0;
  });
  if (labels.size > MANY) {
    throw new Refused(`The mask's pictures have more than ${MANY} values: they are no masks.`);
  }
  const marked = new Uint16Array(numbers.length);
  for (let i = 0; i < marked.length; i++) marked[i] = table[numbers[i]];
  return { values: marked, width: raster.width, height: raster.height };
}

/** @type {(order: string | null, what: string) => boolean} */
function isHeadFirst(order, what) {
  if (order !== FEET_FIRST && order !== HEAD_FIRST) {
    throw new Question(`In which order are the ${what}: is the first one nearest the feet or the head?`, "order", ORDERS);
  }
  return order === HEAD_FIRST;
}

/**
 * Pictures in the order of the numbers in their names (2 comes before 10), under names that tell nothing but their place.
 * @param {Content[]} pictures
 */
function inOrder(pictures) {
  if (new Set(pictures.map(({ name }) => name)).size < pictures.length) throw new Refused(SAME_NAME);
  const sorted = pictures.map((picture) => ({ ...picture, key: picture.name.split(/(\d+)/) }));
  sorted.sort((one, other) => compared(one.key, other.key));
  return sorted.map(({ data }, i) => (
    new File([/** @type {Uint8Array<ArrayBuffer>} */ (data)], `picture ${i + 1}`)));
}

/** @type {(one: string[], other: string[]) => number} */
function compared(one, other) {
  for (let i = 0; i < Math.min(one.length, other.length); i++) {
    const less = i % 2 ? BigInt(one[i]) - BigInt(other[i]) : one[i] < other[i] ? -1n : BigInt(one[i] > other[i]);
    if (less) return less < 0n ? -1 : 1;
  }
  return one.length - other.length;
}
