/* `node bundle.js FOLDER [classic]`: the script of the page without a server and those of its workers, one file each.

   Where a module looks for a file beside it (`new URL("part.html", import.meta.url)`), the site asks `siteFile`: the page
   has a list of its files (space/page/site.js), a worker finds them where they lie. */

import { readFile } from "node:fs/promises";
import process from "node:process";
import { dirname, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const SPACE = dirname(dirname(fileURLToPath(import.meta.url)));
const PAGE = "page/site.js";
const WORKERS = ["page/engine/browser/worker.js", "playground/engine/worker.js"];
const BESIDE = "globalThis.siteFile ??= (path) => new URL(path, import.meta.url);";

const addresses = {
  name: "addresses",
  setup({ onLoad }) {
    onLoad({ filter: /\.js$/ }, async ({ path }) => {
      const own = relative(SPACE, path).split(sep).join("/");
      if (own.startsWith("..")) return undefined; // a package
      const source = await readFile(path, "utf-8");
      return { contents: source.replace(/new URL\(([^()]+), import\.meta\.url\)/g, `globalThis.siteFile($1, "${own}")`) };
    });
  },
};

const options = {
  absWorkingDir: SPACE, outdir: process.argv[2], bundle: true, format: "esm", target: "es2022", minify: true,
  legalComments: "none", logLevel: "error", plugins: [addresses],
};
await build({ ...options, entryPoints: [join(SPACE, PAGE)], outbase: SPACE });
// a page that was opened from a folder may not start workers that are modules
const kind = process.argv[3] === "classic" ? { format: "iife" } : { banner: { js: BESIDE } };
await build({ ...options, entryPoints: WORKERS.map((name) => join(SPACE, name)), outbase: SPACE, ...kind });
