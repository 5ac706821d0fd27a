/* What decodes compressed pixels: parts of the site that a page loads with the first file that needs them.

   GDCM is what decodes DICOM in Python, too; here as ITK-Wasm has built it. Only its program is taken from that package, and
   package.json leaves out what the package itself would need to run it. libjpeg-turbo is what decodes JPEG in Python. */

import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { transform } from "esbuild";
import { ZSTDDecoder } from "zstddec";

const GDCM = fileURLToPath(new URL("pipelines/gdcm-read-image", import.meta.resolve("@itk-wasm/image-io")));

const JPEG = "@cornerstonejs/codec-libjpeg-turbo-8bit";

/** @param {string} name */
const packed = (name) => fileURLToPath(import.meta.resolve(name));

/** @returns {Promise<Record<string, Uint8Array>>}  By where they lie in the site. */
export async function decoders() {
  const zstd = new ZSTDDecoder();
  await zstd.init();
  // what a decoder complains of may quote the file
  const script = await transform(await readFile(`${GDCM}.js`, "utf-8"), { format: "esm", minify: true, drop: ["console"] });
  const jpeg = await readFile(packed(`${JPEG}/decodewasmjs`), "utf-8");
  const start = await transform(`${jpeg}; export default libjpegturbowasm_decode;`, {
    format: "esm", minify: true, define: { module: "undefined", define: "undefined", process: "undefined" },
  });
  return {
    "decoders/jpeg.js": new TextEncoder().encode(start.code),
    "decoders/jpeg.wasm": await readFile(packed(`${JPEG}/decodewasm`)),
    "decoders/gdcm.js": new TextEncoder().encode(script.code),
    "decoders/gdcm.wasm": zstd.decode(await readFile(`${GDCM}.wasm.zst`)),
  };
}
