/* Workers, wherever their script lies. */

/**
 * @param {string} address  Of its script.
 * @returns {Worker | null}  Null in a browser that is too old for workers made of modules.
 */
export function workerOf(address) {
  if (address.startsWith("blob:")) return new Worker(address); // of a page in one file, where it is no module
  // by way of a blob, because a worker's own file must be of the page's origin, and an embedding page has another one
  const own = URL.createObjectURL(new Blob([`import ${JSON.stringify(address)};`], { type: "text/javascript" }));
  let isKnown = false; // an old browser never asks for the type
  const options = /** @type {WorkerOptions} */ ({ get type() { isKnown = true; return "module"; } });
  const worker = new Worker(own, options);
  if (isKnown) return worker;
  worker.terminate();
  return null;
}
