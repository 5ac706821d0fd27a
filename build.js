/* `npm run build [FOLDER]`: what a browser loads, one file for each of ENTRIES, into space/page/built or another folder.

   The page is some fifty modules, and a request for each is most of what an embedding waits for. They stay the source, and
   each is served as well. What is built is committed, because the app needs no Node; a test builds it anew and compares. */

import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { basename, dirname, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync, gzipSync } from "node:zlib";
import { build } from "esbuild";
import { decoders } from "./space/site/decoders.js";

const HERE = dirname(fileURLToPath(import.meta.url));
const BUILT = join(HERE, "space", "page", "built");
// the page; the playground, whose tab most people never open; and what those load who compute on their own computer
/** @type {Record<string, string>} */
const ENTRIES = {
  "space/page/gradio.js": "gradio", "space/page/playground.js": "playground", "space/playground/engine/worker.js": "worker",
  "space/page/engine/browser/worker.js": "engine",
};
const RUNTIME = createRequire(import.meta.url).resolve("onnxruntime-web/ort-wasm-simd-threaded.wasm");

/** @type {(from: string, to: string) => string}  Where a file lies, as an address. */
const way = (from, to) => relative(from, to).split(sep).join("/");

/* A module finds what lies beside it by `import.meta.url`; once built, it still does. A worker is a built file itself. */
const addresses = {
  name: "addresses",
  setup({ onLoad }) {
    onLoad({ filter: /\.js$/ }, async ({ path }) => {
      const source = await readFile(path, "utf-8");
      const contents = source.replace(/new URL\("(.+?)", import\.meta\.url\)/g, (written, target) => {
        const entry = ENTRIES[way(HERE, join(dirname(path), target))];
        return entry ? `new URL("./${entry}.js", __BUILT__)` : written;
      }).replaceAll("import.meta.url", `new URL("${way(BUILT, path)}", __BUILT__).href`);
      return { contents: contents.replaceAll("__BUILT__", "import.meta.url") };
    });
  },
};

/* An entry that another module imports stays a file of its own. */
const entries = {
  name: "entries",
  setup({ onResolve }) {
    onResolve({ filter: /^\./ }, ({ path, kind, resolveDir }) => {
      const entry = kind !== "entry-point" && ENTRIES[way(HERE, join(resolveDir, path))];
      return entry ? { path: `./${entry}.js`, external: true } : undefined;
    });
  },
};

const { outputFiles } = await build({
  absWorkingDir: HERE, entryPoints: Object.entries(ENTRIES).map(([path, out]) => ({ in: path, out })), outdir: BUILT,
  write: false,
  bundle: true, format: "esm", target: "es2022", minifyWhitespace: true, minifySyntax: true, legalComments: "none",
  plugins: [entries, addresses],
});
/** @type {Record<string, Uint8Array>} */
const built = Object.fromEntries(outputFiles.map(({ path, contents }) => [basename(path), contents]));
// for engines in the browser: the app's, and that of the page without a server
const programs = { "ort.wasm": await readFile(RUNTIME), ...await decoders() };
for (const [name, bytes] of Object.entries(programs)) built[`engine/${name}.gz`] = await packed(bytes, `engine/${name}.gz`);

const folder = process.argv[2] ?? BUILT;
await rm(folder, { recursive: true, force: true });
for (const [name, contents] of Object.entries(built)) {
  await mkdir(dirname(join(folder, name)), { recursive: true });
  await writeFile(join(folder, name), contents);
}

/**
 * What is packed already stays as it is: another version of Node may pack it otherwise, and it is large.
 * @param {Uint8Array} bytes
 * @param {string} name  Of the file that is committed.
 */
async function packed(bytes, name) {
  const old = await readFile(join(BUILT, name)).catch(() => null);
  return old && gunzipSync(old).equals(bytes) ? old : gzipSync(bytes, { level: 9 });
}
