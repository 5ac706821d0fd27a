/* The bench: one operation of a network on the open slice, with its numbers. It asks once for an operation or another of its
   maps; whatever is pointed at is worked out here. */

import { find, made, say } from "../dom.js";
import { Refused } from "../engine/port.js";
import { Activation } from "./activation.js";
import { Concatenation } from "./concatenation.js";
import { Convolution } from "./convolution.js";
import { Norm } from "./norm.js";
import { Pooling } from "./pooling.js";
import { Sigmoid } from "./sigmoid.js";
import { Single } from "./single.js";
import { Transposed } from "./transposed.js";

/**
 * @typedef {import("../engine/port.js").Opened} Opened
 * @typedef {import("../engine/port.js").Passage} Passage
 * @typedef {import("../engine/port.js").MapPlane} MapPlane
 */
/**
 * @typedef {object} Context  What a kind of operation is shown with.
 * @property {string} kind
 * @property {Opened} opened
 * @property {import("../store.js").Store} store
 * @property {(from: number | null, to: number | null) => void} choose  Look at other maps.
 */
/**
 * @typedef {object} View  How a kind of operation is shown.
 * @property {string} says  What it does, in a sentence.
 * @property {import("./frame.js").Frame} frame
 * @property {HTMLElement} [more]  What stands below.
 * @property {(passage: Passage) => void} show
 * @property {() => void} [settle]  The page's threshold has changed.
 */

/** @type {Record<string, new (context: Context) => View>} */
const KINDS = {
  convolution: Convolution,
  "transposed convolution": Transposed,
  "max pooling": Pooling,
  concatenation: Concatenation,
  "batch norm": Norm,
  "layer norm": Norm,
  "group norm": Norm,
  sigmoid: Sigmoid,
  curve: Single,
  enlarging: Single,
};

export class Bench {
  /**
   * @param {HTMLElement} root  Empty.
   * @param {import("../page.js").Page} page
   * @param {() => void} closed  Somebody closes it.
   */
  constructor(root, { engine, store }, closed) {
    this.root = root;
    this.engine = engine;
    this.store = store;
    this.ticket = 0; // the newest question wins
    this.asked = "";
    this.shown = "";
    /** @type {View | null} */
    this.view = null;
    /** @type {{opened: Opened, network: string, cut: number[], name: string} | null} */
    this.about = null;
    const close = made("button", { type: "button", class: "close" }, "Close");
    close.addEventListener("click", closed);
    root.append(made("header", {}, made("h3", { tabindex: "-1" }), close), made("p", { class: "notice", role: "alert" }),
      made("p", { class: "says" }), made("div", { class: "content" }));
    root.hidden = true;
    store.subscribe(["level"], () => this.view?.settle?.());
  }

  hide() {
    this.ticket++;
    this.asked = "";
    this.root.hidden = true;
  }

  /**
   * Look at an operation.
   * @param {Opened} opened
   * @param {string} network
   * @param {number[]} cut  The skip connections that are cut.
   * @param {string} name  Of the operation.
   */
  async show(opened, network, cut, name) {
    const asked = JSON.stringify([opened.key, network, cut, name]);
    if (asked === this.asked) return;
    this.asked = asked;
    this.about = { opened, network, cut, name };
    this.root.hidden = false;
    find(this.root, "h3").textContent = name;
    await this.ask(null, null);
  }

  /**
   * @param {number | null} from
   * @param {number | null} to
   */
  async ask(from, to) {
    if (!this.about) return;
    const mine = ++this.ticket;
    const { opened, network, cut, name } = this.about;
    this.root.setAttribute("aria-busy", "true");
    try {
      const passage = await this.engine.operation(opened.source, network, cut, name, from, to);
      if (mine === this.ticket) this.draw(passage, opened);
    } catch (error) {
      if (mine !== this.ticket) return;
      if (!(error instanceof Refused)) throw error;
      this.asked = ""; // to be asked for again
      say(find(this.root, ".notice"), error.message);
    } finally {
      if (mine === this.ticket) this.root.setAttribute("aria-busy", "false");
    }
  }

  /**
   * @param {Passage} passage
   * @param {Opened} opened
   */
  draw(passage, opened) {
    say(find(this.root, ".notice"), "");
    const view = this.viewOf(passage, opened);
    const { input, output } = passage;
    view.show(passage);
    this.label(view.frame.input, input, isSlice(passage) ? "The slice goes in" : "Goes in: map", passage.kernel
      ? (map) => this.ask(map, output.number) : null);
    this.label(view.frame.output, output, passage.kernel ? "Comes out: filter" : "Comes out: map",
      (map) => this.ask(passage.kernel ? input.number : null, map));
    view.frame.show(input, output, ["The map that goes in", "The map that comes out"]);
    this.root.dataset.shown = `${passage.name}/${input.number}/${output.number}`;
  }

  /**
   * How an operation is shown: anew for another one, so that what somebody has edited stays while maps change.
   * @param {Passage} passage
   * @param {Opened} opened
   */
  viewOf({ kind, name }, opened) {
    if (this.view && this.shown === opened.key + name) return this.view;
    this.shown = opened.key + name;
    const Kind = KINDS[kind] ?? Activation;
    const view = new Kind({ kind, opened, store: this.store, choose: (from, to) => this.ask(from, to) });
    this.view = view;
    find(this.root, ".says").textContent = view.says;
    find(this.root, ".content").replaceChildren(view.frame.element, ...(view.more ? [view.more] : []));
    return view;
  }

  /**
   * Say which map it is, with steps to the ones beside it.
   * @param {import("./planes.js").Plane} plane
   * @param {MapPlane} map
   * @param {string} words
   * @param {((map: number) => void) | null} choose  Null where the map follows from the other one.
   */
  label(plane, { number, count, width, height }, words, choose) {
    const size = made("span", { class: "size" }, `${width} x ${height}`);
    if (count === 1) return plane.caption.replaceChildren(made("span", {}, words.replace(/: .*/, "")), size);
    /** @type {(sign: string, label: string, by: number) => HTMLButtonElement} */
    const step = (sign, label, by) => {
      const button = made("button", { type: "button", class: "to-map", "aria-label": label }, sign);
      button.addEventListener("click", () => choose?.((number + by + count) % count));
      return button;
    };
    const which = made("span", {}, `${words} ${number + 1} of ${count}`);
    const steps = choose ? [step("\u2039", "the map before", -1), step("\u203a", "the next map", 1)] : [];
    return plane.caption.replaceChildren(which, ...steps, size);
  }
}

/** @param {Passage} passage */
const isSlice = ({ input, kind }) => input.count === 1 && kind === "convolution";
