/* Train: node train.mjs STEPS '{"subjects": 4}' '[{"step": 8, "rate": 0.001}]' prints the curve as JSON. */
import { DEFAULTS } from "../../space/playground/engine/settings.js";
import { Trainer } from "../../space/playground/engine/trainer.js";
import { module, people } from "./files.mjs";

const [steps, settings = "{}", changes = "[]"] = process.argv.slice(2);
const trainer = new Trainer(module, people, { ...DEFAULTS, ...JSON.parse(settings) }, JSON.parse(changes));
trainer.evaluate(); // the untrained network
while (trainer.steps < Number(steps)) trainer.step();
console.log(JSON.stringify(trainer.curve));
