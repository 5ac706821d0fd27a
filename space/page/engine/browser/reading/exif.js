/* Which way is up, as EXIF data say it. TIFF 6.0, page 36; CIPA DC-008, 4.6.4. */

const [LITTLE, BIG] = [0x4949, 0x4d4d];
const ORIENTATION = 0x0112;
const [BYTE, SHORT, LONG] = [1, 3, 4];

/**
 * The orientation (1 to 8) that EXIF data name; 1 if they name none.
 * @param {Uint8Array} exif  With or without the six bytes 'Exif' in front.
 */
export function exifOrientation(exif) {
  const start = exif[0] === 0x45 && exif[1] === 0x78 ? 6 : 0;
  const view = new DataView(exif.buffer, exif.byteOffset + start, Math.max(0, exif.length - start));
  try {
    const order = view.getUint16(0);
    if (order !== LITTLE && order !== BIG) return 1;
    const little = order === LITTLE;
    const list = view.getUint32(4, little);
    for (let i = 0; i < view.getUint16(list, little); i++) {
      const at = list + 2 + 12 * i;
      if (view.getUint16(at, little) !== ORIENTATION) continue;
      const type = view.getUint16(at + 2, little);
      if (type === BYTE) return view.getUint8(at + 8);
      if (type === SHORT) return view.getUint16(at + 8, little);
      if (type === LONG) return view.getUint32(at + 8, little);
    }
  } catch (error) {
    if (!(error instanceof RangeError)) throw error; // other programs ignore what they cannot parse, too
  }
  return 1;
}
