/* Train a network whose kernels begin as zeros: what learns, and the span of probabilities. node zeros.mjs SEED */
import { DEFAULTS } from "../../space/playground/engine/settings.js";
import { Trainer } from "../../space/playground/engine/trainer.js";
import { module, people } from "./files.mjs";

const settings = { ...DEFAULTS, initializer: "zeros", seed: Number(process.argv[2]) };
const trainer = new Trainer(module, people, settings);
for (let k = 0; k < 8; k++) trainer.step();
const { memory } = trainer.net;
const learned = memory.parameters.filter((parameter) => memory.view(parameter).some((value) => value !== 0));
const probabilities = trainer.predict(trainer.validation.slice(0, 8)).flatMap((answer) => [...answer]);
const [lowest, highest] = [Math.min(...probabilities), Math.max(...probabilities)];
console.log(JSON.stringify({ learned: learned.map(({ name }) => name), lowest, highest }));
