/* Files of the site, with the bytes counted as they come; what is packed by gzip is unpacked here, so that no server has to
   be configured for it. */

import { Refused } from "../port.js";

const AWAY = "A file of this page could not be loaded: please check the connection, and try again, or reload the page.";
const PATIENCE = 30_000; // ms without a byte, until a connection counts as cut

/**
 * @param {string} address
 * @param {(bytes: number) => void} [count]  Hears how many more bytes have come.
 * @returns {Promise<Uint8Array<ArrayBuffer>>}
 */
export async function download(address, count) {
  const cut = new AbortController();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  const wait = () => {
    clearTimeout(timer);
    timer = setTimeout(() => cut.abort(), PATIENCE);
  };
  try {
    wait();
    const response = await fetch(address, { signal: cut.signal });
    if (!response.ok || !response.body) throw new Refused(AWAY);
    const parts = [];
    const reader = response.body.getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      parts.push(value);
      count?.(value.length);
      wait();
    }
    const bytes = new Uint8Array(await new Blob(parts).arrayBuffer());
    const packed = bytes[0] === 0x1f && bytes[1] === 0x8b; // a server may have unpacked it on its way
    return packed ? await unpacked(bytes, "gzip") : bytes;
  } catch {
    throw new Refused(AWAY); // whichever way it did not come, or not whole
  } finally {
    clearTimeout(timer);
  }
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
