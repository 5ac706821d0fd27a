/* What decodes compressed pixels: parts of the site that a page loads with the first file that needs them.

   GDCM is what decodes DICOM in Python, too; here as ITK-Wasm has built it. Only its program is taken from that package, and
   package.json leaves out what the package itself would need to run it. */

import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { transform } from "esbuild";
import { ZSTDDecoder } from "zstddec";

const GDCM = fileURLToPath(new URL("pipelines/gdcm-read-image", import.meta.resolve("@itk-wasm/image-io")));

/** @returns {Promise<Record<string, Uint8Array>>}  By where they lie in the site. */
export async function decoders() {
  const zstd = new ZSTDDecoder();
  await zstd.init();
  // what a decoder complains of may quote the file
  const script = await transform(await readFile(`${GDCM}.js`, "utf-8"), { format: "esm", minify: true, drop: ["console"] });
  return {
    "decoders/gdcm.js": new TextEncoder().encode(script.code),
    "decoders/gdcm.wasm": zstd.decode(await readFile(`${GDCM}.wasm.zst`)),
  };
}
