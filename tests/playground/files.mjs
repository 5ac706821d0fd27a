/* The playground's engine in Node: its WebAssembly (or the build that OPS names) and its slices, read from their files. */
import fs from "node:fs";
import { readPeople } from "../../space/playground/engine/people.js";

const FOLDER = new URL("../../space/playground/", import.meta.url);

export const module = new WebAssembly.Module(fs.readFileSync(process.env.OPS ?? new URL("engine/ops.wasm", FOLDER)));
export const people = await readPeople(new Blob([fs.readFileSync(new URL("data/people.gzip", FOLDER))]).stream());
