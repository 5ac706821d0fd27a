/* One sentence on how a run stands, from the last points of its curve. */

const LAST = 3; // points
const OVERFITS = 0.12; // training above validation
const NOTHING = 0.02;
const BEGUN = 96; // steps, after which a network that marks nothing is worth a word
const FINDS = 0.75;

/**
 * @param {Pick<import("../engine/messages.js").Report, "curve" | "diverged" | "rate" | "step">} report
 * @returns {[string, boolean]}  The sentence, and whether it is a warning.
 */
export function verdict({ curve, diverged, rate, step }) {
  if (diverged) return ["The loss is no number any more: the learning rate is too large.", true];
  if (!step) return ["Untrained: press Play (▶).", false];
  if (!rate) return ["The schedule has ended: at a rate of 0 it learns nothing more.", true];
  const late = curve.filter((point) => Number.isFinite(point.dice)).slice(-LAST);
  if (late.length < LAST) return ["", false];
  const mean = (/** @type {"dice" | "validationDice"} */ name) => late.reduce((sum, point) => sum + point[name], 0) / LAST;
  const [training, validation] = [mean("dice"), mean("validationDice")];
  if (training - validation > OVERFITS) return ["It knows its own slices better than new ones: it overfits.", true];
  if (training < NOTHING && step >= BEGUN) return ["It marks next to nothing: it has not begun to learn.", true];
  if (validation > FINDS) return ["It finds the pancreas in people it has never seen.", false];
  return ["", false];
}
