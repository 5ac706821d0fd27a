/* Between gr.HTML and the page: what `js_on_load` calls. */

import { ServerEngine } from "./engine/server.js";
import { start } from "./page.js";

export { dress } from "./dress.js";
export { mount } from "./page.js";

/**
 * @param {HTMLElement} root
 * @param {import("./page.js").Start & {largest: number}} data
 * @param {import("./engine/server.js").Functions} server
 */
export function begin(root, data, server) {
  start(root, new ServerEngine(server, data.largest), data);
}
