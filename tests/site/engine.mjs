/* The page's engine in Node, with the files of a site that was built: FOLDER; {uploads, questions: [{name,
   question}]} in, its answers out; uploads are paths by their numbers. */
import fs from "node:fs";
import { basename, join } from "node:path";
import { gunzipSync } from "node:zlib";
import { Answers } from "../../space/page/engine/browser/answers.js";
import { Network, useRuntime } from "../../space/page/engine/browser/network.js";
import { Refused } from "../../space/page/engine/port.js";
import { given, print } from "./talk.mjs";

const [folder] = process.argv.slice(2);
const [build] = fs.readdirSync(join(folder, "files"));
const read = (name) => fs.readFileSync(join(folder, "files", build, name));
const unpacked = (name) => new Uint8Array(gunzipSync(read(name)));
const facts = JSON.parse(new TextDecoder().decode(unpacked("facts.json.gz")));
useRuntime(unpacked("ort.wasm.gz"));
const networks = new Map();
const bring = async (name) => {
  const about = facts.networks.find((one) => one.name === name);
  if (!networks.has(name)) networks.set(name, new Network(unpacked(about.model), about.skips, unpacked(about.outputs)));
  return { network: networks.get(name), about };
};
const fetched = async (name) => new File([read(name)], name.split("/").at(-1));
const { uploads, questions } = await given();
const upload = (path) => new File([fs.readFileSync(path)], basename(path));
const own = Object.entries(uploads).map(([number, path]) => [Number(number), upload(path)]);
const answers = new Answers(facts, bring, fetched, new Map(own), (read) => read());

const found = [];
for (const { name, question } of questions) {
  try {
    found.push(await answers[name](question));
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    found.push({ refused: error.message });
  }
}
print(found);
