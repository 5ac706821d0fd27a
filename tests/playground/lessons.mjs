/* Train every run of the lessons with five seeds, at low priority: node lessons.mjs. The curves go to lessons.json beside
   this file, which keeps what it has; take a run out of it to train it again. */
import { execFile } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { LESSONS, UNTIL } from "../../space/playground/page/lessons.js";

const SEEDS = [1, 2, 3, 4, 5];
const FILE = new URL("lessons.json", import.meta.url);
const TRAIN = fileURLToPath(new URL("train.mjs", import.meta.url));
const known = fs.existsSync(FILE) ? JSON.parse(fs.readFileSync(FILE, "utf8")) : {};
const names = [...new Set(LESSONS.flatMap(({ runs }) => runs.map(({ settings }) => JSON.stringify(settings))))];
const curves = Object.fromEntries(names.map((name) => [name, known[name] ?? {}])); // what no lesson has any more goes
const missing = names.flatMap((name) => SEEDS.filter((seed) => !curves[name][seed]).map((seed) => ({ name, seed })));
os.setPriority(10);

const write = () => {
  const lines = names.map((name) => {
    const done = SEEDS.filter((seed) => curves[name][seed]);
    const seeds = done.map((seed) => `    "${seed}": ${JSON.stringify(curves[name][seed])}`);
    return `  ${JSON.stringify(name)}: {\n${seeds.join(",\n")}\n  }`;
  });
  fs.writeFileSync(FILE, `{\n${lines.join(",\n")}\n}\n`);
};

async function work() {
  for (let next = missing.shift(); next; next = missing.shift()) {
    const { name, seed } = next;
    const settings = JSON.stringify({ ...JSON.parse(name), seed });
    const { stdout } = await promisify(execFile)(process.execPath, [TRAIN, String(UNTIL), settings]);
    const rounded = (value) => (value === null ? null : Number(value.toFixed(4)));
    curves[name][seed] = JSON.parse(stdout)
      .map(({ step, dice, validationDice }) => [step, rounded(dice), rounded(validationDice)]);
    console.log(settings, ...curves[name][seed].at(-1));
    write();
  }
}

await Promise.all(Array.from({ length: os.availableParallelism() }, work));
write();
