/* Files are taken wherever on the page they are dropped, and what comes of them is in view. */

import { backInView } from "./dom.js";

const SHOWING = ["segment", "draw", "inside"]; // the tabs that look at the open case

/**
 * @param {HTMLElement} root  What holds the tabs' buttons and the notices, above what is shown.
 * @param {import("./store.js").Store} store
 * @param {import("./desk.js").Desk} desk
 * @param {boolean} alone  Whether the page shows one tab alone: one without the open case then takes nothing.
 */
export function takeDrops(root, store, desk, alone) {
  if (alone && !SHOWING.includes(store.state.tab)) return;
  document.addEventListener("dragover", (event) => {
    event.preventDefault(); // else the browser leaves the page for the file
    document.documentElement.classList.add("dragging");
  });
  document.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) document.documentElement.classList.remove("dragging");
  });
  document.addEventListener("drop", async (event) => {
    event.preventDefault();
    document.documentElement.classList.remove("dragging");
    const files = await filesOf(event.dataTransfer);
    if (!files.length) return desk.refuse("That was no file: please drop a slice or the files of a series.");
    if (!SHOWING.includes(store.state.tab)) store.set({ tab: "segment" });
    await desk.openFiles(files);
    backInView(root);
  });
}

/**
 * The files that were dropped, and those in folders among them.
 * @param {DataTransfer | null} held
 * @returns {Promise<File[]>}
 */
async function filesOf(held) {
  // asked for at once: the browser empties what is held when the event is over
  const entries = [...(held?.items ?? [])].map((item) => item.webkitGetAsEntry?.());
  const files = [...(held?.files ?? [])];
  if (!entries.some((entry) => entry?.isDirectory)) return files;
  return (await Promise.all(entries.map((entry) => (entry ? filesIn(entry) : [])))).flat();
}

/**
 * @param {FileSystemEntry} entry
 * @returns {Promise<File[]>}
 */
async function filesIn(entry) {
  if (entry.name.startsWith(".") || entry.name === "DICOMDIR") return []; // what macOS adds, a disk's table of contents
  if (!entry.isDirectory) {
    return [await new Promise((resolve, reject) => /** @type {FileSystemFileEntry} */ (entry).file(resolve, reject))];
  }
  const reader = /** @type {FileSystemDirectoryEntry} */ (entry).createReader();
  /** @type {File[]} */
  const found = [];
  for (;;) { // a folder comes in pieces, the last one empty
    /** @type {FileSystemEntry[]} */
    const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (!some.length) return found;
    for (const one of some) found.push(...await filesIn(one));
  }
}
