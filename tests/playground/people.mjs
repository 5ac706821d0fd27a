/* Some slices as the engine reads them, and the deviation of the noise that it adds. */
import { withNoise } from "../../space/playground/engine/people.js";
import { people } from "./files.mjs";

const plain = withNoise(people, 0);
const numbers = [0, 9, plain.length - 1];
const noisy = withNoise(people, 20);
const differences = noisy.flatMap(({ image }, k) => [...image].map((value, i) => 255 * (value - plain[k].image[i]))
  .filter((_, i) => plain[k].image[i] > 0.35 && plain[k].image[i] < 0.65)); // where black and white cut nothing off
const square = differences.reduce((sum, value) => sum + value * value, 0) / differences.length;
console.log(JSON.stringify({
  slices: plain.length, numbers, noise: Math.sqrt(square),
  images: numbers.map((k) => [...plain[k].image]), masks: numbers.map((k) => [...plain[k].mask]),
}));
