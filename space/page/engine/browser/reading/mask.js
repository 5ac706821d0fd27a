/* A mask's picture -> where the organ is, a question, or a sentence: space/readers/mask.py in JavaScript. */

import { Refused } from "../../port.js";
import { short } from "../numbers.js";
import { classesOf, found, inWords, maskOf, plateaus, TRANSPARENT, withoutBlur } from "./classes.js";
import { Question } from "./question.js";
import { openRaster } from "./raster.js";

export const EMPTY = "The mask is empty: the organ is not on this slice.";
const INVERTED = "The mask is inverted (black organ, white all around); it was read so.";
const COVERS_MOST = "The mask covers most of the slice.";
const BLURRED = "The mask's edges are blurred, as JPEG or smoothing leaves them; they were cut halfway.";
const OUTLINE = "The mask is hollow, as if only the organ's outline were drawn.";
const MOST = 0.5;
const MANY = 64; // labels that a person can choose among

/** @typedef {import("./classes.js").Classes} Classes */

/**
 * @param {File} file
 * @param {string} target  The organ.
 * @param {{width: number, height: number} | null} shape  Of the slice, if that is known.
 * @param {string | null} label  Which value, colour or number of a palette is the organ.
 * @returns {Promise<import("../case.js").Mask>}
 */
export async function readMask(file, target, shape, label) {
  const { name } = file;
  const raster = await openRaster(file);
  const { width, height } = raster;
  if (shape && (width !== shape.width || height !== shape.height)) {
    throw new Refused(`The mask ${name} is ${width} x ${height} pixels, but its slice is ${shape.width} x ${shape.height}: `
      + "both must show the same pixels.");
  }
  let classes = classesOf(raster, name);
  const notes = [...raster.notes];
  const cut = withoutBlur(classes);
  if (cut) {
    classes = cut;
    notes.push(BLURRED);
  }
  const count = classes.values.length;
  if (count > MANY || (count > 5 && plateaus(classes) < count / 2)) {
    throw new Refused(`The mask ${name} has ${count} values, as a picture or blurred labels have: a mask has black for the `
      + "background and one other value for each organ. Save it as PNG, without smoothing.");
  }
  const taken = label === null ? organOf(classes, target, name) : chosen(classes, label);
  if (taken.organ.every(Boolean)) {
    throw new Refused(`The mask ${name} marks every pixel of the slice: please give one with a background.`);
  }
  return { organ: taken.organ, notes: [...notes, ...classes.notes, ...taken.notes, ...remarks(taken.organ, width)] };
}

/**
 * The one thing that can be the organ; asks if there is none, or several.
 * @param {Classes} classes
 * @param {string} target
 * @param {string} name
 * @returns {{organ: Uint8Array, notes: string[]}}
 */
function organOf(classes, target, name) {
  const { values, width, black } = classes;
  const background = values.includes(TRANSPARENT) ? TRANSPARENT : black;
  const others = values.filter((value) => value !== background);
  if (others.length > 1) {
    const words = values.includes(background) ? `has ${others.length} values beside the background` : "has no black";
    throw which(classes, others, `The mask ${name} ${words}: which one is the ${target}?`);
  }
  const organ = maskOf(classes, background).map((value) => 1 - value);
  const height = organ.length / width;
  const around = organ.every((value, i) => {
    const [x, y] = [i % width, Math.floor(i / width)];
    return value || (x > 0 && x < width - 1 && y > 0 && y < height - 1);
  });
  const covered = organ.reduce((sum, one) => sum + one, 0) / organ.length;
  if (!around && covered <= MOST) return { organ, notes: [] };
  if (around && covered > MOST && covered < 1) return { organ: organ.map((value) => 1 - value), notes: [INVERTED] };
  throw which(classes, [...others, background],
    `The mask ${name} would cover ${short(100 * covered, 3)}% of the slice. Which part is the ${target}?`);
}

/** @type {(classes: Classes, values: string[], text: string) => Question} */
function which(classes, values, text) {
  return new Question(text, "label", values.map((value) => ({ value, words: inWords(classes, value) })));
}

/** @type {(classes: Classes, label: string) => {organ: Uint8Array, notes: string[]}} */
function chosen(classes, label) {
  const value = found(classes, label);
  if (value === null) {
    return { organ: new Uint8Array(classes.numbers.length), notes: [`The mask has no pixel of the label '${label}'.`] };
  }
  return { organ: maskOf(classes, value), notes: [] };
}

/** @type {(organ: Uint8Array, width: number) => string[]}  What is odd about a mask, and may well be right. */
function remarks(organ, width) {
  const marked = organ.reduce((sum, one) => sum + one, 0);
  if (!marked) return [EMPTY];
  if (marked / organ.length > MOST) return [COVERS_MOST];
  return enclosed(organ, width) > marked ? [OUTLINE] : [];
}

/**
 * How many pixels beside the organ have some of it above, below, on the left and on the right.
 * @param {Uint8Array} organ
 * @param {number} width
 */
function enclosed(organ, width) {
  const height = organ.length / width;
  const sides = new Uint8Array(organ.length); // a bit for each of them
  /** @type {(bit: number, first: number, step: number, count: number) => void} */
  const reach = (bit, first, step, count) => {
    for (let i = 0, seen = false; i < count; i++) {
      const at = first + i * step;
      seen ||= organ[at] > 0;
      if (seen) sides[at] |= bit;
    }
  };
  for (let y = 0; y < height; y++) {
    reach(1, y * width, 1, width);
    reach(2, (y + 1) * width - 1, -1, width);
  }
  for (let x = 0; x < width; x++) {
    reach(4, x, width, height);
    reach(8, (height - 1) * width + x, -width, height);
  }
  return sides.reduce((sum, bits, i) => sum + Number(bits === 15 && !organ[i]), 0);
}

// where a pixel comes from
/** @type {Record<string, (x: number, y: number, width: number, height: number) => [number, number]>} */
const WAYS = {
  "turned upside down": (x, y, _, height) => [x, height - 1 - y],
  "mirrored left to right": (x, y, width) => [width - 1 - x, y],
  "turned by 180 degrees": (x, y, width, height) => [width - 1 - x, height - 1 - y],
  "mirrored along its diagonal": (x, y) => [y, x],
  "turned by 90 degrees": (x, y, width) => [width - 1 - y, x],
  "turned by 270 degrees": (x, y, _, height) => [y, height - 1 - x],
};
const [HARDLY, SAME_PLACE] = [0.1, 0.5];

/**
 * A sentence if a mask and a prediction, 1 each, hardly touch; nothing otherwise.
 * @param {Uint8Array} prediction
 * @param {Uint8Array} reference
 * @param {number} width
 * @param {number} height
 */
export function misplaced(prediction, reference, width, height) {
  const [predicted, traced] = [prediction, reference].map((mask) => mask.reduce((sum, one) => sum + one, 0));
  /** @param {(i: number) => number} other */
  const dice = (other) => prediction.reduce((sum, one, i) => sum + (one && other(i)), 0) * 2 / (predicted + traced);
  const overlap = dice((i) => reference[i]);
  if (!predicted || !traced || overlap > HARDLY) return "";
  const fits = Object.entries(WAYS).filter(([way]) => width === height || !/diagonal|90|270/.test(way));
  const overlaps = fits.map(([, from]) => dice((i) => {
    const [x, y] = from(i % width, Math.floor(i / width), width, height);
    return reference[y * width + x];
  }));
  const best = Math.max(...overlaps);
  if (best >= SAME_PLACE) {
    const way = fits[overlaps.indexOf(best)][0];
    return `Mask and prediction hardly touch, but would if the mask were ${way}: check how it was saved.`;
  }
  return overlap ? "" : "Mask and prediction do not touch: check that the mask is of this slice and person.";
}
