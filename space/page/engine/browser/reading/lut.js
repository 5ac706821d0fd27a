/* Stored values -> what a table of the file says that they stand for (PS3.3, C.11.1), as pydicom's `apply_modality_lut`. */

/**
 * @param {import("./dataset.js").Dataset} dataset  With a Modality LUT.
 * @returns {(value: number) => number}
 */
export function modalityTable(dataset) {
  const [item] = dataset.get("ModalityLUTSequence");
  const descriptor = item.get("LUTDescriptor");
  const data = item.get("LUTData");
  const isSigned = item.form.implicit && dataset.get("PixelRepresentation") === 1; // which is not said again within
  const [count, first] = [descriptor[0] || 65536, isSigned && descriptor[1] > 32767 ? descriptor[1] - 65536 : descriptor[1]];
  const table = data instanceof Uint8Array ? wordsOf(data, item.form.little) : data;
  if (![8, 16].includes(descriptor[2]) || !table || !(table.length >= count)) throw new Error("its table is damaged");
  return (value) => table[Math.min(count - 1, Math.max(0, value - first))];
}

/** @type {(bytes: Uint8Array, little: boolean) => number[]} */
function wordsOf(bytes, little) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return Array.from({ length: bytes.length >> 1 }, (_, i) => view.getUint16(2 * i, little));
}
