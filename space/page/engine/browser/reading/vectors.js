/* Directions and places in space. */

/** @typedef {import("../case.js").Triple} Triple */

/** @type {(a: number[], b: number[]) => number} */
export const dot = (a, b) => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];

/** @type {(a: number[], b: number[]) => Triple} */
export const cross = (a, b) => [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];

/** @type {(a: number[]) => number} */
export const length = (a) => Math.sqrt(dot(a, a));

/** @type {(a: number[], b: number[]) => Triple} */
export const minus = (a, b) => [a[0] - b[0], a[1] - b[1], a[2] - b[2]];

/** @type {(a: number[], factor: number) => Triple} */
export const times = (a, factor) => [a[0] * factor, a[1] * factor, a[2] * factor];
