/* A run in the page's address: its settings, the changes of its learning rate, and where it pauses; and the threshold.

   play-KEY for each setting that is not the default; play-changes=160:0.001,200:0.0001 (the step: the rate from there on);
   play-until; play-lesson; play-threshold, 0 to 1. play-start=1, which the page does not write, starts at once. What makes
   no sense is as if it were not there. */

import { DEFAULTS } from "../engine/settings.js";
import { CONTROLS } from "./controls.js";

/**
 * @typedef {import("../engine/settings.js").Settings} Settings
 * @typedef {import("../engine/trainer.js").Change} Change
 * @typedef {import("../../page/address.js").Address} Address
 * @typedef {{settings: Settings, changes: Change[], until: number | null, lesson: string | null, level: number}} Link
 */

export const LEVELS = 256;

/**
 * @param {Address} address
 * @returns {Link & {start: boolean}}
 */
export function read(address) {
  const given = (/** @type {string} */ name) => address.get(`play-${name}`);
  const settings = CONTROLS.reduce((known, { key, choices }) => {
    const found = choices.find(([value]) => String(value) === given(key));
    return found ? { ...known, [key]: found[0] } : known;
  }, { ...DEFAULTS });
  const rates = CONTROLS.find(({ key }) => key === "rate")?.choices.map(([value]) => value) ?? [];
  const changes = (given("changes") ?? "").split(",").map((text) => text.split(":").map(Number))
    .filter(([step, rate]) => Number.isInteger(step) && step >= 0 && rates.includes(rate))
    .map(([step, rate]) => ({ step, rate }));
  const until = Number(given("until"));
  const threshold = Number(given("threshold") ?? 0.5);
  return {
    settings,
    changes: changes.sort((a, b) => a.step - b.step),
    until: Number.isInteger(until) && until > 0 ? until : null,
    lesson: given("lesson"),
    level: threshold > 0 && threshold < 1 ? Math.max(1, Math.round(threshold * LEVELS)) : LEVELS / 2,
    start: given("start") === "1",
  };
}

/**
 * @param {Address} address
 * @param {Link} link
 */
export function write(address, { settings, changes, until, lesson, level }) {
  /** @type {Record<string, string | null>} */
  const values = {
    changes: changes.map(({ step, rate }) => `${step}:${rate}`).join(",") || null,
    until: until === null ? null : String(until),
    lesson,
    threshold: level === LEVELS / 2 ? null : String(level / LEVELS),
  };
  for (const { key } of CONTROLS) values[key] = settings[key] === DEFAULTS[key] ? null : String(settings[key]);
  address.set(Object.fromEntries(Object.entries(values).map(([name, value]) => [`play-${name}`, value])));
}
