/* The page that is here without a connection the next time: `space/site/offline.js` keeps its files. */

const WORKER = "offline.js";

/** Keep the page itself; browsers allow it at addresses that are safe (https), and not in every frame. */
export async function keepPage() {
  await navigator.serviceWorker?.register(new URL(WORKER, document.baseURI)).catch(() => {});
}

/** Keep everything else, too. */
export async function keepAll() {
  const kept = await navigator.serviceWorker?.ready;
  kept?.active?.postMessage("");
}
