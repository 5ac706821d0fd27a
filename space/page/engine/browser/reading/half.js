/* Floats of 16 bits, which JavaScript has no array for: IEEE 754, binary16. */

import { rint } from "../numbers.js";

/** @param {number} bits */
export function fromHalf(bits) {
  const sign = bits & 0x8000 ? -1 : 1;
  const [power, rest] = [(bits >> 10) & 31, bits & 1023];
  if (power === 31) return rest ? NaN : sign * Infinity;
  return sign * (power ? 2 ** (power - 15) * (1 + rest / 1024) : 2 ** -14 * (rest / 1024));
}

/**
 * The nearest number that 16 bits can hold.
 * @param {number} value
 */
export function toHalf(value) {
  const power = Math.max(-14, Math.floor(Math.log2(Math.abs(value) || 1)));
  const rounded = rint(value / 2 ** (power - 10)) * 2 ** (power - 10);
  return Math.abs(rounded) > 65504 ? Math.sign(value) * Infinity : rounded;
}
