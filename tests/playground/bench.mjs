/* Milliseconds of processor time per training step: node bench.mjs SETTINGS */
import { DEFAULTS } from "../../space/playground/engine/settings.js";
import { Trainer } from "../../space/playground/engine/trainer.js";
import { module, people } from "./files.mjs";

const [WARM, STEPS] = [5, 10]; // below the step at which the curves get a point
const trainer = new Trainer(module, people, { ...DEFAULTS, ...JSON.parse(process.argv[2]) });
for (let k = 0; k < WARM; k++) trainer.step();
const begun = process.cpuUsage();
for (let k = 0; k < STEPS; k++) trainer.step();
const { user, system } = process.cpuUsage(begun);
console.log(JSON.stringify({ milliseconds: (user + system) / 1000 / STEPS, parameters: trainer.net.size }));
