/* Between gr.HTML and the page: what `js_on_load` calls. */

import { Address } from "./address.js";
import { EngineChoice } from "./engine/choice.js";
import { HOME, ServerEngine } from "./engine/server.js";
import { Loading } from "./loading.js";
import { start } from "./page.js";
import { Waiting } from "./waiting.js";

export { dress } from "./dress.js";
export { mount } from "./page.js";

/**
 * @param {HTMLElement} root
 * @param {import("./page.js").Start & {largest: number, engine: string}} data  `engine` is where the list of what the
 *   engine in the browser loads is, below the app.
 * @param {import("./engine/server.js").Functions} server
 */
export function begin(root, data, server) {
  const loading = new Loading(root, () => engine.wake());
  const waiting = new Waiting(root);
  const asking = new ServerEngine(server, data.largest, (wait) => waiting.show(wait));
  const engine = new EngineChoice(asking, `${HOME}${data.engine}`, (progress) => loading.show(progress),
    new Address().get("engine") === "browser" ? "browser" : "server");
  start(root, engine, data);
}
