/* The switch that has this computer compute, and who computed what is open. */

import { find } from "./dom.js";
import { EngineChoice } from "./engine/choice.js";

const SAYS = {
  browser: "No file of yours leaves this computer: this page reads it and runs the network. Real cases are still computed "
    + "by the server. Switched off, a file is sent to the server when you give it.",
  server: "Now the server computes, and a file of yours is sent to it. Switched on, this page loads the network once (about "
    + "{megabytes} MB), reads your files by itself and sends none.",
};

export default class EngineSwitch {
  /**
   * @param {HTMLElement} root
   * @param {import("./page.js").Page} page
   * @param {{megabytes: number}} data  Of what is loaded.
   */
  constructor(root, page, { megabytes }) {
    const { engine, store, address, desk } = page;
    if (!(engine instanceof EngineChoice)) throw new Error("This page has no choice of engines.");
    this.root = root;
    this.engine = engine;
    this.megabytes = megabytes;
    const here = find(root, ".here", HTMLInputElement);
    find(root, "form").addEventListener("submit", (event) => event.preventDefault());
    here.checked = engine.name === "browser";
    here.addEventListener("change", () => {
      engine.name = here.checked ? "browser" : "server";
      address.set({ engine: here.checked ? "browser" : null });
      document.querySelector("#loading")?.setAttribute("hidden", ""); // what it said was of the engine before
      this.say();
      desk.startAnew(here.checked);
    });
    store.subscribe(["opened"], ({ opened }) => opened && this.tell(opened));
    this.say();
  }

  say() {
    find(this.root, ".says").textContent = SAYS[this.engine.name].replace("{megabytes}", String(this.megabytes));
  }

  /** @param {import("./engine/port.js").Opened} opened */
  tell({ name, by }) {
    find(this.root, ".by").textContent = `${name} was computed ${by === "browser" ? "on this computer" : "by the server"}`;
  }
}
