/* What a lesson is: questions, each with one gesture; the answer comes once the learner has committed. */

/**
 * @typedef {import("../engine/port.js").Opened} Opened
 * @typedef {"right" | "near" | "wrong"} Mark
 */
/**
 * @typedef {object} Place  Where a step is shown.
 * @property {HTMLElement} form  Holds the other two.
 * @property {HTMLElement} scene  For its picture.
 * @property {HTMLElement} control  For its gesture.
 * @property {(ready: boolean) => void} ready  To be told whether there is an answer that can be given.
 */
/**
 * @typedef {object} Outcome
 * @property {Mark} mark
 * @property {string} yours
 * @property {string} truth
 * @property {string} says
 */
/**
 * @typedef {object} Step
 * @property {string} question
 * @property {string} hint  What to do.
 * @property {(place: Place) => Promise<void> | void} show
 * @property {() => Outcome} answer  Called once; it shows the answer in the scene, too.
 */
/**
 * @typedef {object} Needs  What lessons are made of; some of it a bundle may lack.
 * @property {string} target
 * @property {string} unit  Of the slices' values, as `Windowing` takes it.
 * @property {string[]} slices  Examples with a mask.
 * @property {number} level  The model's own threshold.
 * @property {{name: string, title: string, facts: string}[]} networks  The page's own first; its name is empty.
 * @property {Curves[]} runs  This model's training, and one that overfits, if there is one.
 */
/**
 * @typedef {object} Curves  A training run; its points are epoch and Dice, null where there is none.
 * @property {[number, number | null][]} training
 * @property {[number, number | null][]} validation
 */
/**
 * @typedef {object} Tools
 * @property {Needs} needs
 * @property {import("../page.js").Page} page
 * @property {(name: string) => Promise<Opened>} open  Opens an example, without any other tab's noticing.
 */
/**
 * @typedef {object} Lesson
 * @property {string} name  In the address.
 * @property {(needs: Needs) => string} title
 * @property {string} about  What it asks, in a sentence.
 * @property {(needs: Needs) => boolean} works  Whether the bundle has what it needs.
 * @property {(tools: Tools) => Step[]} steps
 * @property {(tools: Tools) => {words: string, to: Record<string, string>}[]} further  Where to go on afterwards: what the
 *   address is to say there.
 */

/**
 * Whether a guess was right, by how far it is off.
 * @param {number} off
 * @param {number} right  Up to here it is right,
 * @param {number} near  and up to here, near.
 * @returns {Mark}
 */
export const markOf = (off, right, near) => (off <= right ? "right" : off <= near ? "near" : "wrong");
