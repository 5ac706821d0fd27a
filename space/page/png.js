/* Pixels as a PNG file, exactly: a canvas may round colours, and some browsers add noise to what a page saves from one. */

const SIGNATURE = [137, 80, 78, 71, 13, 10, 26, 10];
const KINDS = { 1: 0, 3: 2 }; // bytes a pixel: grey, RGB
const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  return crc;
});

/**
 * @param {Uint8Array} pixels  Rows of 1 or 3 bytes a pixel.
 * @param {number} width
 * @param {number} height
 * @returns {Promise<Blob>}
 * @see The PNG specification, third edition, sections 5 and 11: https://www.w3.org/TR/png-3/
 */
export async function pngOf(pixels, width, height) {
  const depth = /** @type {1 | 3} */ (pixels.length / (width * height));
  const rows = new Uint8Array(height * (width * depth + 1)); // each row begins with the number of its filter, 0: none
  for (let y = 0; y < height; y++) {
    rows.set(pixels.subarray(y * width * depth, (y + 1) * width * depth), y * (width * depth + 1) + 1);
  }
  const header = new DataView(new ArrayBuffer(13));
  header.setUint32(0, width);
  header.setUint32(4, height);
  header.setUint8(8, 8); // bits a channel
  header.setUint8(9, KINDS[depth]);
  const stream = new Blob([rows]).stream().pipeThrough(new CompressionStream("deflate"));
  const packed = new Uint8Array(await new Response(stream).arrayBuffer());
  const chunks = [chunk("IHDR", new Uint8Array(header.buffer)), chunk("IDAT", packed), chunk("IEND", new Uint8Array())];
  return new Blob([new Uint8Array(SIGNATURE), ...chunks], { type: "image/png" });
}

/**
 * @param {string} name
 * @param {Uint8Array} content
 */
function chunk(name, content) {
  const bytes = new Uint8Array(12 + content.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, content.length);
  bytes.set([...name].map((letter) => letter.charCodeAt(0)), 4);
  bytes.set(content, 8);
  view.setUint32(8 + content.length, crcOf(bytes.subarray(4, 8 + content.length)));
  return bytes;
}

/** @param {Uint8Array} bytes */
export function crcOf(bytes) {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = CRC_TABLE[(crc ^ byte) & 255] ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}
