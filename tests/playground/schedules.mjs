/* What each schedule makes of a rate of 0.01, at so many steps: node schedules.mjs STEPS */
import { SCHEDULES } from "../../space/playground/engine/schedules.js";

const steps = Array.from({ length: Number(process.argv[2]) }, (_, step) => step);
console.log(JSON.stringify(Object.fromEntries(Object.entries(SCHEDULES).map(([name, factor]) => (
  [name, steps.map((step) => 0.01 * factor(step))])))));
