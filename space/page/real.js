/* Real cases: fetched by the engine when asked for, opened when they are there, with whose data they are. */

import { backInView, find, findAll, made, say } from "./dom.js";
import { Refused } from "./engine/port.js";

const PAUSE = 300; // ms between two questions how far it is
const MEGABYTE = 1e6;

/**
 * @typedef {{slices: number, megabytes: number}} Amount
 * @typedef {{patient: string, name: string, known: string, few: Amount, whole: Amount}} Choice
 * @typedef {{what: string, licence: string, citation: string, url: string}} Credit
 * @typedef {import("./engine/port.js").Real} Real
 */

export default class RealCases {
  /**
   * @param {HTMLElement} root
   * @param {import("./page.js").Page} page
   * @param {{collection: string, traced: boolean, cases: Choice[], credits: Credit[]}} data
   */
  constructor(root, page, data) {
    this.root = root;
    this.page = page;
    this.data = data;
    /** @type {Real & {who: string} | null} */
    this.wanted = null; // what is being fetched
    this.refused = false; // whether the sentence below says that something could not be had
    this.which = find(root, ".which", HTMLSelectElement);
    this.buttons = findAll(root, ".load", HTMLButtonElement);
    find(root, "form").addEventListener("submit", (event) => event.preventDefault());
    find(root, ".origin").textContent = data.traced
      ? `of ${data.collection}, with its traced mask, from the Imaging Data Commons`
      : `of ${data.collection}, from the Imaging Data Commons; without a mask, as that outlines another organ`;
    this.which.append(...data.cases.map(
      ({ patient, name, known }) => made("option", { value: patient }, `${name}: ${known}`)));
    this.which.addEventListener("change", () => this.label());
    for (const button of this.buttons) {
      button.addEventListener("click", () => this.load({ real: this.which.value, whole: button.value === "whole" }));
    }
    find(root, ".cancel").addEventListener("click", () => this.cancel());
    page.store.subscribe(["opened"], ({ opened }) => {
      if (this.refused) this.say(""); // who has opened something else has gone on
      this.credit(opened?.source.slice ?? null);
    });
    this.label();
  }

  /** Say on the buttons how much each brings. */
  label() {
    const { few, whole } = this.choice(this.which.value);
    const [some, all] = this.buttons;
    some.textContent = `Load ${few.slices} slices${this.data.traced ? " through the organ" : ""} (${few.megabytes} MB)`;
    all.textContent = `Load all ${whole.slices} slices (${whole.megabytes} MB)`;
  }

  /** @param {string} patient */
  choice(patient) {
    return /** @type {Choice} */ (this.data.cases.find((each) => each.patient === patient));
  }

  /**
   * Fetch a case, and open it unless something else was opened meanwhile.
   * @param {Real} real
   */
  async load(real) {
    const { engine, desk } = this.page;
    const mine = this.wanted = { ...real, who: randomWord() };
    const [{ name }, ticket] = [this.choice(real.real), desk.ticket];
    this.say("");
    this.progress(0, 0);
    try {
      for (;;) {
        const { done, of, ready } = await engine.fetchReal(real, mine.who);
        if (this.wanted !== mine) return;
        if (ready) break;
        this.progress(done, of);
        await new Promise((resolve) => { setTimeout(resolve, PAUSE); });
        if (this.wanted !== mine) return;
      }
      if (desk.ticket === ticket) {
        backInView(this.page.root);
        await desk.openReal(real, name);
      } else this.say(`${name} is here now: press the button again to open it.`);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      if (this.wanted === mine) this.say(error.message, true);
    } finally {
      if (this.wanted === mine) this.end();
    }
  }

  /** @param {string} sentence */
  say(sentence, refused = false) {
    this.refused = refused;
    say(find(this.root, ".wrong"), sentence);
  }

  async cancel() {
    const { wanted } = this;
    this.end();
    if (wanted) await this.page.engine.leaveReal(wanted, wanted.who);
  }

  end() {
    this.wanted = null;
    find(this.root, ".under-way").hidden = true;
    for (const button of this.buttons) button.disabled = false;
  }

  /**
   * @param {number} done  Bytes.
   * @param {number} of
   */
  progress(done, of) {
    for (const button of this.buttons) button.disabled = true;
    find(this.root, ".under-way").hidden = false;
    const bar = find(this.root, "progress", HTMLProgressElement);
    [bar.max, bar.value] = [of || 1, done];
    find(this.root, ".amount").textContent = done ? `${megabytes(done)} of ${megabytes(of)} MB` : "Asking for it";
  }

  /**
   * Say whose data are on the screen, if it is a real case.
   * @param {import("./engine/port.js").Piece | null} piece
   */
  credit(piece) {
    const place = find(this.root, ".credit");
    place.hidden = !piece || !("real" in piece);
    if (!piece || !("real" in piece)) return;
    const { name, known, few, whole } = this.choice(piece.real);
    const slices = piece.whole ? `all ${whole.slices} slices` : `${few.slices} of ${whole.slices} slices, evenly spaced`;
    place.replaceChildren(
      made("p", {}, `${name} (${piece.real}), ${slices}: ${known}.`),
      ...this.data.credits.map(({ what, licence, citation, url }) =>
        made("p", {}, `${what}: ${citation} `, made("a", { href: url, target: "_blank", rel: "noopener" }, licence))),
    );
  }
}

/** @param {number} bytes */
const megabytes = (bytes) => (bytes / MEGABYTE).toFixed(1);

/** A word that tells this wish from those of others; crypto.randomUUID is not there on pages without https. */
const randomWord = () => [...crypto.getRandomValues(new Uint32Array(4))].map((number) => number.toString(36)).join("-");
