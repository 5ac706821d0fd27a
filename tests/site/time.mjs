/* How long the network takes in Node, whose engine is Chromium's: FOLDER of a site, rounds; {first, later} in ms out, of
   processor time: what else runs on the machine counts little. */
import fs from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { Network, useRuntime } from "../../space/page/engine/browser/network.js";
import { print } from "./talk.mjs";

const [folder, rounds] = process.argv.slice(2);
const unpacked = (name) => new Uint8Array(gunzipSync(fs.readFileSync(join(folder, name))));
const facts = JSON.parse(new TextDecoder().decode(unpacked("facts.json.gz")));
useRuntime(unpacked("ort.wasm.gz"));
const [{ model, skips, outputs }] = facts.networks;
const network = new Network(unpacked(model), skips, unpacked(outputs));

async function timed(work) {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

const session = await timed(() => network.session());
const times = [];
for (let i = 0; i < Number(rounds); i++) times.push(await timed(() => network.warm()));
print({ session, first: times[0], later: Math.min(...times) });
