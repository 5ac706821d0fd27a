/* A mask as a code for an address: nothing has to be kept anywhere for a class to compare its outlines.

   Bytes, in base64 for addresses: a version, a fingerprint of the slice (4), then how many pixels are outside, inside,
   outside ... the mask, row by row. Numbers are 7 bits a byte, the low ones first, the high bit saying that more follow. */

const VERSION = 1;
const LONGEST = 20_000; // letters: an outline has some hundreds

/**
 * FNV-1a over the grey levels: the same slice has the same one in every browser.
 * @param {Uint8Array} slice
 */
export function fingerprint(slice) {
  let hash = 0x811c9dc5;
  for (const grey of slice) hash = Math.imul(hash ^ grey, 0x01000193);
  return hash >>> 0;
}

/**
 * @param {Uint8Array} mask  0 or anything else.
 * @param {number} print  Of its slice.
 */
export function encode(mask, print) {
  const bytes = [VERSION, print & 255, (print >>> 8) & 255, (print >>> 16) & 255, print >>> 24];
  for (const run of runsOf(mask)) {
    let rest = run;
    while (rest > 127) {
      bytes.push((rest & 127) | 128);
      rest >>>= 7;
    }
    bytes.push(rest);
  }
  return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/**
 * @param {string} code
 * @param {number} size  Pixels of the slice.
 * @param {number} print
 * @returns {Uint8Array | "unreadable" | "other slice"}  The mask, 0 or 255; or what is wrong with the code.
 */
export function decode(code, size, print) {
  const bytes = bytesOf(code);
  if (!bytes || bytes.length < 6 || bytes[0] !== VERSION) return "unreadable";
  if ((bytes[1] | (bytes[2] << 8) | (bytes[3] << 16) | (bytes[4] << 24)) >>> 0 !== print) return "other slice";
  const mask = new Uint8Array(size);
  let [at, inside, run, shift] = [0, false, 0, 0];
  for (const byte of bytes.slice(5)) {
    run += (byte & 127) * 2 ** shift;
    shift += 7;
    if (byte & 128) continue;
    if (at + run > size) return "unreadable";
    if (inside) mask.fill(255, at, at + run);
    [at, inside, run, shift] = [at + run, !inside, 0, 0];
  }
  return shift ? "unreadable" : mask;
}

/**
 * The lengths of stretches outside and inside in turn; what is outside at the end is left out.
 * @param {Uint8Array} mask
 */
function runsOf(mask) {
  const runs = [];
  let start = 0;
  for (let i = 1; i <= mask.length; i++) {
    if (i < mask.length && Boolean(mask[i]) === Boolean(mask[i - 1])) continue;
    if (!runs.length && mask[0]) runs.push(0);
    if (i < mask.length || mask[i - 1]) runs.push(i - start);
    start = i;
  }
  return runs;
}

/** @param {string} code */
function bytesOf(code) {
  if (code.length > LONGEST) return null;
  try {
    return Uint8Array.from(atob(code.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));
  } catch { // letters that no code has
    return null;
  }
}
