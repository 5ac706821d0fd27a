/* The service worker of the site: whoever was here once can come again without a connection.

   `space/site/build.py` writes `site` in front of it. A build's files lie in a folder of their own, so that two builds are
   never mixed: what is kept is of one build, and a newer one is put in its place as a whole. Only the site's own files are
   kept. */

/** @typedef {{build: string, folder: string, names: string[]}} Site  Files by their way from the page. */

const { scope } = self.registration;
const KEPT = `${scope} `;
const HERE = KEPT + site.build;
const PATIENCE = 3000; // ms, until a page that was kept is better than one that is on its way
/** @type {(name: string) => string} */
const address = (name) => new URL(name, scope).href;
const own = site.names.map(address);
const page = address("./");

self.addEventListener("install", (event) => event.waitUntil(begin()));
self.addEventListener("activate", (event) => event.waitUntil(leaveOthers()));
self.addEventListener("fetch", (event) => {
  const { mode, method, url } = event.request;
  const [where] = url.split(/[?#]/);
  if (mode === "navigate" && [page, address("index.html")].includes(where)) event.respondWith(openPage(event.request));
  else if (method === "GET" && own.includes(url)) event.respondWith(openFile(event.request));
});

/** Keep a whole build, or, if a file does not come, nothing of it until next time. */
async function begin() {
  const response = await fetch(page, { cache: "no-cache" });
  const text = await response.text();
  if (!response.ok || !text.includes(site.folder)) throw new Error("The page is of another build.");
  const cache = await caches.open(HERE);
  await cache.addAll(own);
  await cache.put(page, new Response(text, { headers: { "Content-Type": "text/html; charset=utf-8" } }));
  await self.skipWaiting();
}

async function leaveOthers() {
  const others = (await caches.keys()).filter((name) => name.startsWith(KEPT) && name !== HERE);
  await Promise.all(others.map((name) => caches.delete(name)));
}

/** @param {Request} request  The newest page, if there is a connection. */
async function openPage(request) {
  const coming = fetch(request).catch(() => null);
  const late = new Promise((resolve) => { setTimeout(resolve, PATIENCE, null); });
  const fresh = await Promise.race([coming, late]);
  if (fresh?.ok || fresh?.type === "opaqueredirect") return fresh;
  const cache = await caches.open(HERE);
  return await cache.match(page) ?? await coming ?? Response.error();
}

/** @param {Request} request */
async function openFile(request) {
  const cache = await caches.open(HERE);
  return await cache.match(request.url) ?? fetch(request);
}
