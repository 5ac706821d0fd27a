/* How the scripts of this folder hear and answer: JSON, with arrays as base64. */
import fs from "node:fs";

export const given = async () => JSON.parse(fs.readFileSync(0, "utf-8"));

/** @param {ArrayBufferView} array */
export const packed = (array) => Buffer.from(array.buffer, array.byteOffset, array.byteLength).toString("base64");

/** @param {any} answer */
export const print = (answer) => fs.writeSync(1, JSON.stringify(answer, (_, value) => (
  ArrayBuffer.isView(value) ? { type: value.constructor.name, base64: packed(value) } : value)));
