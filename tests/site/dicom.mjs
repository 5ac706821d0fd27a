/* What the page's reader makes of DICOM files: {modality, series: [[path, ...], ...]} in, a Case or a sentence each out. */
import fs from "node:fs";
import { loadPartsBy } from "../../space/page/engine/browser/parts.js";
import { readDicom } from "../../space/page/engine/browser/reading/dicom.js";
import { headerOf } from "../../space/page/engine/browser/reading/frames.js";
import { Refused } from "../../space/page/engine/port.js";
import { decoders } from "../../space/site/decoders.js";
import { given, print } from "./talk.mjs";

const parts = decoders();
loadPartsBy(async (name) => (await parts)[name.replace(/\.gz$/, "")]);

async function read(paths, modality) {
  const headers = [];
  for (const path of paths) {
    const header = await headerOf(new Uint8Array(fs.readFileSync(path)));
    if (header) headers.push(header);
  }
  return headers.length ? readDicom(headers, modality) : { none: true };
}

const { modality, series } = await given();
const found = [];
for (const paths of series) {
  try {
    found.push(await read(paths, modality));
  } catch (error) {
    found.push(error instanceof Refused ? { refused: error.message } : { failed: String(error.stack) });
  }
}
print(found);
process.exitCode = 0; // GDCM sets another one where a frame is damaged
