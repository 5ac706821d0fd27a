/* `npm run build [FOLDER]`: what a browser loads, one file for each of ENTRIES, into space/page/built or another folder.

   The page is some fifty modules, and a request for each is most of what an embedding waits for. They stay the source, and
   each is served as well. What is built is committed, because the app needs no Node; a test builds it anew and compares. */

import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const HERE = dirname(fileURLToPath(import.meta.url));
const BUILT = join(HERE, "space", "page", "built");
// the page, and the playground, whose tab most people never open
const ENTRIES = ["space/page/gradio.js", "space/page/playground.js", "space/playground/engine/worker.js"];

/** @type {(from: string, to: string) => string}  Where a file lies, as an address. */
const way = (from, to) => relative(from, to).split(sep).join("/");

/* A module finds what lies beside it by `import.meta.url`; once built, it still does. A worker is a built file itself. */
const addresses = {
  name: "addresses",
  setup({ onLoad }) {
    onLoad({ filter: /\.js$/ }, async ({ path }) => {
      const source = await readFile(path, "utf-8");
      const contents = source.replace(/new URL\("(.+?)", import\.meta\.url\)/g, (written, target) => {
        const isEntry = ENTRIES.includes(way(HERE, join(dirname(path), target)));
        return isEntry ? `new URL("./${basename(target)}", __BUILT__)` : written;
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
      const isEntry = kind !== "entry-point" && ENTRIES.includes(way(HERE, join(resolveDir, path)));
      return isEntry ? { path: `./${basename(path)}`, external: true } : undefined;
    });
  },
};

const { outputFiles } = await build({
  absWorkingDir: HERE, entryPoints: ENTRIES, outdir: BUILT, entryNames: "[name]", write: false,
  bundle: true, format: "esm", target: "es2022", minifyWhitespace: true, minifySyntax: true, legalComments: "none",
  plugins: [entries, addresses],
});
const folder = process.argv[2] ?? BUILT;
await rm(folder, { recursive: true, force: true });
await mkdir(folder, { recursive: true });
await Promise.all(outputFiles.map(({ path, contents }) => writeFile(join(folder, basename(path)), contents)));
