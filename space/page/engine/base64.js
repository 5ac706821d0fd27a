/* Bytes that were sent as base64 of a zlib stream. No canvas: some browsers add noise to what a page reads back. */

/**
 * @param {string} text
 * @returns {Promise<Uint8Array>}
 */
export async function unpackedText(text) {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}
