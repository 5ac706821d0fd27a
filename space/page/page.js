/* The page: its tabs and its parts, around one store, one address and one engine. */

import { Address } from "./address.js";
import { Desk } from "./desk.js";
import { find, findAll, made } from "./dom.js";
import { alone, dress, hidden, leftOut } from "./dress.js";
import { takeDrops } from "./drops.js";
import { tellHeight } from "./frame.js";
import { showNotices } from "./notices.js";
import { PARTS } from "./parts.js";
import { levelOf } from "./scores.js";
import { Store } from "./store.js";

/**
 * @typedef {object} Page  What a part gets to work with.
 * @property {HTMLElement} root  What holds the tabs' buttons and the notices, above what is shown.
 * @property {Store} store
 * @property {Address} address
 * @property {import("./engine/port.js").Engine} engine
 * @property {Desk} desk
 * @property {import("./gallery.js").Example[]} examples
 */
/**
 * @typedef {object} Start
 * @property {number} threshold  The model's own.
 * @property {import("./gallery.js").Example[]} examples
 */

/** @type {(page: Page) => void} */
let begin;
/** @type {Promise<Page>} */
const begun = new Promise((resolve) => { begin = resolve; });

/**
 * Start the page, with an engine that answers; the parts wait for it.
 * @param {HTMLElement} root  What holds the tabs' buttons and the notices.
 * @param {import("./engine/port.js").Engine} engine
 * @param {Start} data
 */
export function start(root, engine, { threshold, examples }) {
  const address = new Address();
  const store = new Store(levelOf(Number(address.get("threshold") ?? threshold) || 0));
  const desk = new Desk(store, engine, address, examples.map(({ name }) => name));
  dress(address);
  openTabs(root, store, address);
  showNotices(root, store);
  if (!hidden(address).includes("own")) takeDrops(root, store, desk, alone(address));
  tellHeight();
  begin({ root, store, address, engine, desk, examples });
}

/**
 * Put a part into its place, once the page has started and the part's tab is open.
 * @param {string} name  Of PARTS.
 * @param {HTMLElement} root
 * @param {any} data  What the part is built with.
 */
export async function mount(name, root, data) {
  const page = await begun;
  if (leftOut(root, page.address)) return;
  const panel = root.closest(".tab-panel");
  await new Promise((resolve) => {
    page.store.subscribe(["tab"], ({ tab }) => (!panel || panel.id === `panel-${tab}`) && resolve(tab));
  });
  const { default: Part } = await PARTS[name]();
  new Part(root, page, data);
}

/**
 * @param {HTMLElement} root
 * @param {Store} store
 * @param {Address} address
 */
function openTabs(root, store, address) {
  const buttons = findAll(root, "[role=tab]", HTMLButtonElement);
  const names = buttons.map(({ value }) => value);
  const panels = names.map((name) => find(document, `#panel-${name}`));
  panels.forEach((panel, i) => {
    panel.setAttribute("role", "tabpanel");
    panel.setAttribute("aria-labelledby", buttons[i].id);
    panel.prepend(made("h2", { class: "only-read" }, buttons[i].textContent ?? ""));
  });
  /** @param {string} name */
  const open = (name) => {
    address.set({ tab: name });
    store.set({ tab: name });
  };
  for (const button of buttons) button.addEventListener("click", () => open(button.value));
  find(root, "[role=tablist]").addEventListener("keydown", ({ key }) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[key];
    if (!step) return;
    const next = buttons[(names.indexOf(store.state.tab) + step + names.length) % names.length];
    open(next.value);
    next.focus();
  });
  const asked = address.get("tab") ?? (address.get("lesson") === null ? null : "lessons");
  store.set({ tab: names.find((name) => name === asked) ?? names[0] });
  store.subscribe(["tab"], ({ tab }) => {
    buttons.forEach((button, i) => {
      const open = names[i] === tab;
      button.setAttribute("aria-selected", String(open));
      button.tabIndex = open ? 0 : -1;
      panels[i].classList.toggle("open", open);
    });
  });
}
