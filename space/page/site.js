/* The page without a server: `space/site/html.py` writes it, and this starts it with the engine in the browser. */

import { find, findAll } from "./dom.js";
import { unpackedText } from "./engine/base64.js";
import { BrowserEngine } from "./engine/browser.js";
import { Loading } from "./loading.js";
import { keepSite } from "./offline.js";
import { mount, start } from "./page.js";

/**
 * @typedef {object} SiteData
 * @property {Record<string, import("./engine/browser/worker.js").SiteFile>} files  By where they lie.
 * @property {string} ranked
 * @property {any} first  The first example as the app answers for it; its pixels are packed.
 * @property {{name: string, data: any}[]} parts
 */

/** @type {SiteData} */
const site = JSON.parse(find(document, "#site", HTMLScriptElement).text);
/** @type {(path: string, module: string) => string}  What a module calls a file beside it, as the site does. */
const nameOf = (path, module) => new URL(path, `file:///${module}`).pathname.slice(1);

// where a module looks for a file beside it: `space/site/bundle.js` has it ask here
Object.assign(globalThis, {
  /** @type {(path: string, module: string) => URL} */
  siteFile: (path, module) => new URL(site.files[nameOf(path, module)].url),
});

begin();

async function begin() {
  document.querySelector("#not-started")?.remove();
  const held = findAll(document, "script[data-file]", HTMLScriptElement);
  if (held.length) await unpackFiles(held);
  else for (const file of Object.values(site.files)) file.url = new URL(file.url, document.baseURI).href;
  const parts = findAll(document, "[data-part]");
  const { name, data } = site.parts[0];
  if (name !== "page") throw new Error(`The first part starts the page, and is called ${name}.`);
  const loading = new Loading(find(document, "main"), () => engine.wake());
  const engine = new BrowserEngine({ ...site, first: await firstOf(site.first) }, (progress) => {
    loading.show(progress);
    if (!held.length && progress.stage === "ready") keepSite(); // who needs no network, needs few bytes
  });
  start(parts[0], engine, data);
  for (const root of parts.slice(1)) {
    const part = site.parts[Number(root.dataset.part)];
    mount(part.name, root, part.data);
  }
}

/**
 * Give the files that the page holds an address each. A page that was opened from a folder has no origin, and its workers
 * can read an address that holds the file, but none that only points at it.
 * @param {HTMLScriptElement[]} held
 */
async function unpackFiles(held) {
  for (const script of held) {
    site.files[script.dataset.file ?? ""].url = `data:application/octet-stream;base64,${script.text}`;
    script.remove(); // it is held once
  }
  for (const [name, file] of Object.entries(site.files).filter(([name]) => name.endsWith("/worker.js"))) {
    const [home] = name.split("/");
    const beside = Object.entries(site.files).filter(([other]) => other.startsWith(`${home}/`) && !other.endsWith(".js"));
    const urls = JSON.stringify(Object.fromEntries(beside.map(([other, { url }]) => [other, url])));
    const before = `const urls = ${urls}, nameOf = ${nameOf};\n`
      + "globalThis.siteFile = (...way) => new URL(urls[nameOf(...way)]);\n";
    const script = await (await fetch(file.url)).text();
    file.url = URL.createObjectURL(new Blob([before, script], { type: "text/javascript" }));
  }
}

/** @param {any} first */
async function firstOf(first) {
  if (!first || typeof DecompressionStream === "undefined") return null; // the engine says what the browser lacks
  const [slice, probability, mask] = await Promise.all(
    [first.pixels, first.probability, first.mask].map((text) => text && unpackedText(text)));
  return { ...first, slice, probability, mask };
}
