/* What the page and the worker tell each other. */

/**
 * @typedef {import("./settings.js").Settings} Settings
 * @typedef {import("./trainer.js").Change} Change
 *
 * @typedef {{type: "start", run: number, settings: Settings, changes: Change[], until: number | null, play: boolean}} Start
 * @typedef {{type: "rate", rate: number}} Rate  Go on with another learning rate.
 * @typedef {{type: "play" | "pause" | "step" | "drawn"}} Order  `drawn`: the page has drawn the last report.
 * @typedef {Start | Rate | Order} Message  To the worker.
 *
 * @typedef {object} Started
 * @property {"started"} type
 * @property {number} run  Of the start that it answers.
 * @property {number} parameters
 * @property {number} stepsPerEpoch
 * @property {import("./unet.js").Slice[]} slices  Of people that it never trains on, whose answers are reported.
 * @property {import("./unet.js").Slice[]} examples  Of what it trains on.
 * @typedef {object} Report
 * @property {"report"} type
 * @property {number} run
 * @property {boolean} playing
 * @property {number} step
 * @property {number} epoch
 * @property {number} rate
 * @property {Change[]} changes
 * @property {boolean} diverged
 * @property {import("./trainer.js").Point[]} curve
 * @property {import("./table.js").Table} table  Of validation, at the curve's last point.
 * @property {number} perStep  Milliseconds; NaN before the first.
 * @property {Float32Array[]} predictions  Of the slices.
 * @property {import("./inside.js").Kernels} kernels
 * @property {import("./inside.js").LevelMaps[]} maps  Of the second of the slices.
 * @typedef {{type: "failed", text: string}} Failed
 * @typedef {Started | Report | Failed} Answer  From the worker.
 */

export {};
