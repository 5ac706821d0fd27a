/* Numbers as Python and NumPy have them: rounded half to even, written short, windowed in 32 bits. */

/**
 * The nearest whole number; of two equally near, the even one.
 * @param {number} value
 */
export function rint(value) {
  const low = Math.floor(value);
  const rest = value - low;
  return rest < 0.5 || (rest === 0.5 && low % 2 === 0) ? low : low + 1;
}

/**
 * A number with some digits behind the point; of two equally near, the even one, as Python's format 'f' writes it.
 * @param {number} value
 * @param {number} digits
 */
export function fixed(value, digits) {
  const written = value.toFixed(digits);
  const exact = value.toFixed(100);
  const end = exact.indexOf(".") + (digits && digits + 1); // of the digits that stay
  const isTie = /^\.?50*$/.test(exact.slice(end));
  return isTie && Number(exact[end - 1]) % 2 === 0 ? exact.slice(0, end) : written;
}

/**
 * A number with at most some digits that count, as Python's format 'g' writes it.
 * @param {number} value
 * @param {number} [digits]
 */
export function short(value, digits = 6) {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "nan" : value > 0 ? "inf" : "-inf";
  const [mantissa, power] = value.toExponential(digits - 1).split("e");
  if (Number(power) >= -4 && Number(power) < digits) return String(Number(value.toPrecision(digits)));
  const exponent = Math.abs(Number(power)).toString().padStart(2, "0");
  return `${Number(mantissa)}e${Number(power) < 0 ? "-" : "+"}${exponent}`;
}

/**
 * @param {ArrayLike<number>} values
 * @returns {[number, number]}
 */
export function extremes(values) {
  let [low, high] = [Infinity, -Infinity];
  for (let i = 0; i < values.length; i++) {
    if (values[i] < low) low = values[i];
    if (values[i] > high) high = values[i];
  }
  return [low, high];
}

/**
 * How many different values there are; one more than `most` if there are more.
 * @param {ArrayLike<number>} values
 * @param {number} most
 */
export function distinctUpTo(values, most) {
  const found = new Set();
  for (let i = 0; i < values.length && found.size <= most; i++) found.add(values[i]);
  return found.size;
}

/**
 * The share of values for which something holds.
 * @param {ArrayLike<number>} values
 * @param {(value: number) => boolean} holds
 */
export function share(values, holds) {
  let count = 0;
  for (let i = 0; i < values.length; i++) if (holds(values[i])) count++;
  return count / values.length;
}

/**
 * The value below which a percentage of the values lies, interpolated.
 * @param {Float64Array | Float32Array} sorted  In ascending order.
 * @param {number} percent
 */
export function percentile(sorted, percent) {
  const at = (percent / 100) * (sorted.length - 1);
  const low = Math.floor(at);
  const high = Math.min(low + 1, sorted.length - 1);
  return sorted[low] + (sorted[high] - sorted[low]) * (at - low);
}

/** @typedef {[number, number]} Window  The HU of the grey levels 0 and 255. */

/**
 * HU as grey levels, as `hu_to_grey` of space/preprocessing.py windows them.
 * @param {Int16Array | Float32Array} hu
 * @param {Window} window
 */
export function huToGrey(hu, [low, high]) {
  const factor = Math.fround(255 / (high - low));
  const from = Math.fround(low);
  const windowed = new Uint8Array(hu.length);
  for (let i = 0; i < hu.length; i++) {
    const level = Math.fround(Math.fround(hu[i] - from) * factor);
    windowed[i] = rint(Math.min(255, Math.max(0, level)));
  }
  return windowed;
}

/**
 * Grey levels laid out over a window, as `grey_to_hu` of space/preprocessing.py does it.
 * @param {Uint8Array} grey
 * @param {Window} window
 */
export function greyToHu(grey, [low, high]) {
  const factor = Math.fround((high - low) / 255);
  const from = Math.fround(low);
  const whole = high - low > 255;
  const huOf = Float32Array.from({ length: 256 }, (_, level) => {
    const value = Math.fround(Math.fround(level * factor) + from);
    return whole ? rint(value) : value;
  });
  const hu = whole ? new Int16Array(grey.length) : new Float32Array(grey.length);
  for (let i = 0; i < grey.length; i++) hu[i] = huOf[grey[i]];
  return hu;
}
