/* Files are taken wherever on the page they are dropped, and what comes of them is in view. */

import { backInView } from "./dom.js";

const SHOWING = ["segment", "draw", "inside"]; // the tabs that look at the open case

/**
 * @param {HTMLElement} root  What holds the tabs' buttons and the notices, above what is shown.
 * @param {import("./store.js").Store} store
 * @param {import("./desk.js").Desk} desk
 */
export function takeDrops(root, store, desk) {
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
    const files = [...(event.dataTransfer?.files ?? [])];
    if (!files.length) return desk.refuse("That was no file: please drop a slice or the files of a series.");
    if (!SHOWING.includes(store.state.tab)) store.set({ tab: "segment" });
    await desk.openFiles(files);
    backInView(root);
  });
}
