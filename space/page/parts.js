/* The parts that a page can have, by name: each is read when its place is first shown. */

/** @typedef {new (root: HTMLElement, page: import("./page.js").Page, data: any) => unknown} Part */

/** @type {Record<string, () => Promise<{default: Part}>>} */
export const PARTS = {
  accuracy: () => import("./accuracy.js"),
  broken: () => import("./broken.js"),
  cases: () => import("./cases.js"),
  charts: () => import("./charts.js"),
  dice: () => import("./dice.js"),
  draw: () => import("./draw.js"),
  engine: () => import("./engine.js"),
  lessons: () => import("./lessons.js"),
  network: () => import("./network.js"),
  pictures: () => import("./pictures.js"),
  playground: () => import("./playground.js"),
  real: () => import("./real.js"),
  share: () => import("./share.js"),
  viewer: () => import("./viewer.js"),
  volume: () => import("./volume.js"),
};
