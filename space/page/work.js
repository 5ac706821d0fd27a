/* Workers, wherever their script lies. */

/**
 * @param {string} address  Of its script.
 * @returns {Worker}
 */
export function workerOf(address) {
  if (address.startsWith("blob:")) return new Worker(address); // of a page in one file, where it is no module
  // by way of a blob, because a worker's own file must be of the page's origin, and an embedding page has another one
  const own = URL.createObjectURL(new Blob([`import ${JSON.stringify(address)};`], { type: "text/javascript" }));
  return new Worker(own, { type: "module" });
}
