/* Which pixels have a part in which: back through the network to the slice, and on to the probability. A region is what can
   have a part; how much it has depends on the weights. */

/**
 * @typedef {import("./engine/port.js").Arrow} Arrow
 * @typedef {import("./engine/port.js").Operation} Operation
 * @typedef {{top: number, left: number, bottom: number, right: number}} Region  In pixels; bottom and right excluded.
 * @typedef {[number, number]} Span  The first, and the one after the last.
 * @typedef {Record<string, [number, number]>} Sizes  Height and width of the maps at each point.
 */

const EVERYWHERE = ["layer norm", "group norm"]; // their means are taken over all pixels of the slice

/**
 * What a region depends on, at each point that it depends on; its own point included.
 * @param {Arrow[]} arrows
 * @param {Sizes} sizes
 * @param {string} point
 * @param {Region} region
 * @returns {Record<string, Region>}
 */
export function seenBy(arrows, sizes, point, region) {
  /** @type {Record<string, Region>} */
  const regions = { [point]: region };
  for (const { source, target, operations } of [...arrows].reverse()) {
    if (!regions[target]) continue;
    const before = operations.reduceRight((after, operation) => through(after, operation, backward), regions[target]);
    regions[source] = union(regions[source], clipped(before, sizes[source]));
  }
  return regions;
}

/**
 * What depends on a region, at each point; its own included.
 * @param {Arrow[]} arrows
 * @param {Sizes} sizes
 * @param {string} point
 * @param {Region} region
 * @returns {Record<string, Region>}
 */
export function reachedFrom(arrows, sizes, point, region) {
  /** @type {Record<string, Region>} */
  const regions = { [point]: region };
  for (const { source, target, operations } of arrows) {
    if (!regions[source]) continue;
    const after = operations.reduce((before, operation) => through(before, operation, forward), regions[source]);
    regions[target] = union(regions[target], clipped(after, sizes[target]));
  }
  return regions;
}

/**
 * Height and width of the maps at each point.
 * @param {Pick<import("./engine/port.js").Look, "levels">} look
 * @returns {Sizes}
 */
export function sizesOf({ levels }) {
  /** @type {Sizes} */
  const sizes = { slice: [levels[0].height, levels[0].width], probability: [levels[0].height, levels[0].width] };
  for (const { name, height, width } of levels) sizes[name] = sizes[`join ${name}`] = [height, width];
  return sizes;
}

/**
 * @param {Region} region
 * @param {Operation} operation
 * @param {(span: Span, operation: Operation, axis: 0 | 1) => Span} way
 * @returns {Region}
 */
function through({ top, left, bottom, right }, operation, way) {
  if (EVERYWHERE.includes(operation.kind)) return { top: -Infinity, left: -Infinity, bottom: Infinity, right: Infinity };
  const [[t, b], [l, r]] = [way([top, bottom], operation, 0), way([left, right], operation, 1)];
  return { top: t, left: l, bottom: b, right: r };
}

/** @type {(span: Span, operation: Operation, axis: 0 | 1) => Span} */
function backward(span, { kind, kernel, stride, before }, axis) {
  if (kind === "enlarging") return slid(span, 2, 2, 0);
  return kind === "transposed convolution" ? slid(span, kernel[axis], stride, before)
    : spread(span, kernel[axis], stride, before);
}

/** @type {(span: Span, operation: Operation, axis: 0 | 1) => Span} */
function forward(span, { kind, kernel, stride, before }, axis) {
  if (kind === "enlarging") return spread(span, 2, 2, 0);
  return kind === "transposed convolution" ? spread(span, kernel[axis], stride, before)
    : slid(span, kernel[axis], stride, before);
}

/**
 * All pixels below a kernel whose place is within a span.
 * @type {(span: Span, kernel: number, stride: number, before: number) => Span}
 */
const spread = ([first, end], kernel, stride, before) => [first * stride - before, (end - 1) * stride - before + kernel];

/**
 * The places of a kernel at which it lies over a pixel of a span.
 * @type {(span: Span, kernel: number, stride: number, before: number) => Span}
 */
const slid = ([first, end], kernel, stride, before) => [
  Math.ceil((first + before - kernel + 1) / stride), Math.floor((end - 1 + before) / stride) + 1,
];

/**
 * @param {Region | undefined} one
 * @param {Region} other
 * @returns {Region}
 */
function union(one, other) {
  if (!one) return other;
  return {
    top: Math.min(one.top, other.top), left: Math.min(one.left, other.left),
    bottom: Math.max(one.bottom, other.bottom), right: Math.max(one.right, other.right),
  };
}

/**
 * @param {Region} region
 * @param {[number, number]} size
 * @returns {Region}
 */
function clipped({ top, left, bottom, right }, [height, width]) {
  return { top: Math.max(0, top), left: Math.max(0, left), bottom: Math.min(height, bottom), right: Math.min(width, right) };
}
