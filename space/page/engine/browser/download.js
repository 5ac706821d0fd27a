/* Files of the site, with the bytes counted as they come; what is packed by gzip is unpacked here, so that no server has to
   be configured for it. */

import { Refused } from "../port.js";

const AWAY = "A file of this page could not be loaded: please try again, or reload the page.";

/**
 * @param {string} address
 * @param {(bytes: number) => void} [count]  Hears how many more bytes have come.
 * @returns {Promise<Uint8Array<ArrayBuffer>>}
 */
export async function download(address, count) {
  const response = await fetch(address).catch(() => null);
  if (!response?.ok || !response.body) throw new Refused(AWAY);
  const parts = [];
  const reader = response.body.getReader();
  for (;;) {
    const { done, value } = await reader.read().catch(() => { throw new Refused(AWAY); });
    if (done) break;
    parts.push(value);
    count?.(value.length);
  }
  const bytes = new Uint8Array(await new Blob(parts).arrayBuffer());
  const packed = bytes[0] === 0x1f && bytes[1] === 0x8b; // a server may have unpacked it on its way
  return packed ? unpacked(bytes, "gzip") : bytes;
}

/**
 * @param {Uint8Array<ArrayBuffer>} bytes
 * @param {CompressionFormat} format
 * @returns {Promise<Uint8Array<ArrayBuffer>>}
 */
export async function unpacked(bytes, format) {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream(format));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}
