/* Parts of the site that few files need, such as decoders: each is loaded with the first file that needs it. */

/** @typedef {(name: string) => Promise<Uint8Array<ArrayBuffer>>} Load  Loads a file of the site, unpacked. */

/** @type {Load} */
let load = () => Promise.reject(new Error("nobody has said where the parts of the site are"));

/** @param {Load} how */
export function loadPartsBy(how) {
  load = how;
}

/**
 * @param {string} name  Where the part lies in the site.
 */
export const part = (name) => load(`${name}.gz`);

/** @type {Map<string, Promise<any>>}  The browser never frees a module: none is made twice. */
const modules = new Map();

/**
 * A part that is a module.
 * @param {string} name
 * @returns {Promise<any>}
 */
export async function moduleOf(name) {
  const coming = modules.get(name) ?? imported(name);
  modules.set(name, coming);
  coming.catch(() => modules.delete(name)); // the next file tries again
  return coming;
}

/** @param {string} name */
async function imported(name) {
  const type = "text/javascript";
  const bytes = await part(name);
  // a page that was opened from a folder may import nothing but text that is the address
  const isAlone = (globalThis.origin ?? "null") === "null";
  return import(isAlone ? `data:${type},${encodeURIComponent(new TextDecoder().decode(bytes))}`
    : URL.createObjectURL(new Blob([bytes], { type })));
}
