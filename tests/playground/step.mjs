/* Training steps of the engine on one batch, then a look without training, as JSON: node step.mjs SETTINGS STEPS */
import { DEFAULTS } from "../../space/playground/engine/settings.js";
import { lossOf } from "../../space/playground/engine/losses.js";
import { PIXELS, SIDE } from "../../space/playground/engine/memory.js";
import { Optimizer } from "../../space/playground/engine/optimizers.js";
import { randomness } from "../../space/playground/engine/random.js";
import { UNet } from "../../space/playground/engine/unet.js";
import { module } from "./files.mjs";

const settings = { ...DEFAULTS, ...JSON.parse(process.argv[2]) };
const net = new UNet(module, settings);
const { memory } = net;
const optimizer = new Optimizer(memory, settings.optimizer);
const random = randomness(7);
const slices = Array.from({ length: settings.batch }, (_, n) => ({
  image: Float32Array.from({ length: PIXELS }, random.uniform),
  mask: Float32Array.from({ length: PIXELS }, (_, i) => (
    Math.hypot((i % SIDE) - 30 - n, Math.floor(i / SIDE) - 25) < 12 ? 1 : 0)),
}));
for (const parameter of memory.parameters) { // biases that are not zero test more
  if (!parameter.fan) memory.view(parameter).forEach((_, i, all) => { all[i] = 0.1 * random.normal(); });
}
const read = (view) => Object.fromEntries(memory.parameters.map((p) => [p.name, { shape: p.shape, values: [...view(p)] }]));
const before = read((p) => memory.view(p));
const steps = [];
for (let k = 0; k < Number(process.argv[3] ?? 1); k++) {
  const sums = net.forward(slices, true);
  const answer = slices.map((_, n) => [...net.answer(n)]);
  net.backward(sums, settings.loss);
  const gradient = read((p) => memory.gradientOf(p));
  optimizer.step(settings.rate);
  const loss = lossOf(sums, settings.loss, slices.length * PIXELS);
  steps.push({ loss, answer, gradient, factors: [...net.factors()], after: read((p) => memory.view(p)) });
}
net.forward(slices, false);
const lists = (name) => slices.map((slice) => [...slice[name]]);
const looked = slices.map((_, n) => [...net.answer(n)]);
console.log(JSON.stringify({ images: lists("image"), masks: lists("mask"), before, steps, looked }));
