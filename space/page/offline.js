/* The page that is here without a connection the next time: `space/site/offline.js` keeps its files. */

const WORKER = "offline.js";

/** Keep the page and its files; browsers allow it at addresses that are safe (https), and not in every frame. */
export async function keepSite() {
  await navigator.serviceWorker?.register(new URL(WORKER, document.baseURI)).catch(() => {});
}
