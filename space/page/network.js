/* Inside the U-Net: a network as a U of pictures of the open slice, the maps of one level, and its skip connections.

   One question to the engine a view; threshold, scores and picture are worked out here. */

import { arriveAt, find, pen, say } from "./dom.js";
import { Refused } from "./engine/port.js";
import { Hover } from "./hover.js";
import { Maps } from "./maps.js";
import { Networks, paint } from "./networks.js";
import { Bench } from "./operations/bench.js";
import { GREYS, atOrAbove, picture } from "./pixels.js";
import { countPixels, scoresOf, shownScore } from "./scores.js";
import { U } from "./u.js";

/**
 * @typedef {import("./engine/port.js").Look} Look
 * @typedef {import("./engine/port.js").Opened} Opened
 */

const WAY_UP = "On the right, the way up: from row to row they double in size";
const JOINED = `${WAY_UP}, and a skip connection adds the maps of the same row on the left.`;
const ALONE = `${WAY_UP}. This network never had skip connections: all that the way up knows comes through the bottom.`;
const STEM = "In this network the slice enters twice: at Down 1, in full size, which leads into skip 1 alone; and at "
  + "Down 2, where the first convolution halves its size.";

export default class NetworkMap {
  /**
   * @param {HTMLElement} root
   * @param {import("./page.js").Page} page
   * @param {{networks: import("./networks.js").Described[]}} data
   */
  constructor(root, page, { networks }) {
    const { store, address, engine, desk } = page;
    this.root = root;
    this.store = store;
    this.address = address;
    this.engine = engine;
    this.form = find(root, "form", HTMLFormElement);
    this.networks = new Networks(find(root, ".networks"), page, networks,
      (network) => this.choose({ network, cut: [] }), () => this.showFound());
    this.wish = {
      network: address.get("network") ?? "",
      level: address.get("level") ?? "",
      cut: (address.get("cut") ?? "").split(",").filter(Boolean).map(Number).filter(Number.isInteger),
      operation: address.get("operation") ?? "",
    };
    this.arriving = Boolean(this.wish.operation); // by a link to it
    this.ticket = 0; // the newest view wins when two overlap
    /** @type {Opened | null} */
    this.opened = null; // the slice that was asked for
    /** @type {Look | null} */
    this.look = null;
    this.form.addEventListener("submit", (event) => event.preventDefault());
    this.maps = new Maps(root);
    this.hover = new Hover(root);
    this.u = new U(find(root, ".u"), {
      level: (level) => this.choose({ level }), operation: (name) => this.goTo(name), cut: (cut) => this.choose({ cut }),
    });
    this.bench = new Bench(find(root, ".bench"), page, () => this.leave());
    store.subscribe(["opened", "tab"], ({ opened, tab }) => {
      if (tab === "inside" && opened && opened !== this.opened) this.ask(opened);
    });
    store.subscribe(["level"], () => this.showFound());
    if (!desk.examples.length) find(root, ".waiting").textContent = "Open a slice in the tab Segment first.";
    desk.begin();
  }

  /** @param {Partial<{network: string, level: string, cut: number[]}>} change */
  choose(change) {
    Object.assign(this.wish, change);
    const { network, level, cut } = this.wish;
    this.address.set({ network: network || null, level, cut: cut.length ? cut.join(",") : null });
    if (this.opened) this.ask(this.opened);
  }

  /** @param {Opened} opened */
  async ask(opened) {
    const mine = ++this.ticket;
    this.opened = opened;
    this.form.setAttribute("aria-busy", "true");
    const { network, level, cut } = this.wish;
    this.networks.show(opened);
    try {
      const look = await this.engine.inside(opened.source, network, level, cut);
      if (mine === this.ticket) this.show(look);
    } catch (error) {
      if (mine !== this.ticket) return;
      if (!(error instanceof Refused)) throw error;
      this.opened = null; // to be asked for again
      say(find(this.root, ".notice"), error.message);
    } finally {
      if (mine === this.ticket) this.form.setAttribute("aria-busy", "false");
    }
  }

  /** @param {Look} look */
  show(look) {
    say(find(this.root, ".notice"), "");
    this.look = look;
    Object.assign(this.wish, { network: look.network, level: look.level, cut: look.cut });
    this.networks.mark(look.network);
    find(this.root, ".stem").textContent = look.stem ? STEM : "";
    find(this.root, ".way-up").textContent = look.skips ? JOINED : ALONE;
    find(this.root, ".cut-how").hidden = !look.skips;
    find(this.root, ".cut-means").hidden = !look.cut.length;
    this.u.draw(look);
    this.maps.draw(look);
    this.hover.show(look);
    this.examine(this.wish.operation);
    this.showFound();
    this.form.classList.add("is-shown");
    if (this.arriving && this.wish.operation) arriveAt(this.bench.root);
    this.arriving = false;
    this.form.dataset.shown = `${look.network}/${look.level}/${look.cut.join(",")}`;
  }

  /**
   * Put an operation on the bench; a kind alone stands for its first one, and one that there is not for none.
   * @param {string} wanted
   */
  examine(wanted) {
    if (!this.look || !this.opened) return;
    const { arrows, network, level, cut } = this.look;
    const names = arrows.flatMap(({ operations }) => operations.map(({ name }) => name));
    const name = names.find((one) => one === wanted) ?? names.find((one) => one.startsWith(`${wanted} `)) ?? "";
    this.wish.operation = name;
    this.address.set({ operation: name || null });
    this.u.mark(level, name);
    if (name) this.bench.show(this.opened, network, cut, name);
    else this.bench.hide();
  }

  /** @param {string} name */
  goTo(name) {
    this.examine(name);
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.bench.root.scrollIntoView({ block: "start", behavior: calm ? "auto" : "smooth" });
    find(this.bench.root, "h3").focus({ preventScroll: true }); // who listens, or has no mouse, goes on from here
  }

  /** Close the bench, and go back to where it was opened. */
  leave() {
    const step = find(this.root, `[data-operation="${CSS.escape(this.wish.operation)}"]`);
    this.examine("");
    step.focus();
  }

  /** What is found with the skips that are left, at the page's threshold: the picture, and its Dice. */
  showFound() {
    if (!this.look || !this.opened) return;
    const { network, cut, skips, field } = this.look;
    const { level } = this.store.state;
    const predicted = atOrAbove(this.look.probability, level);
    paint(find(this.root, ".picture", HTMLCanvasElement), this.opened, predicted, field);
    const [slice, probability] = ["slice", "probability"].map((end) => (
      find(this.root, `.u canvas[data-point=${end}]`, HTMLCanvasElement)));
    paintGrey(slice, this.opened.slice, this.opened, field);
    paintGrey(probability, this.look.probability, this.opened, field);
    const whole = this.networks.found[network]?.table?.[level];
    say(find(this.root, ".cut-says"), sayFound(predicted, this.opened.mask, whole, cut, skips));
  }
}

/**
 * @param {Uint8Array} predicted
 * @param {Uint8Array | null} mask
 * @param {[number, number, number] | undefined} whole  The counts with every skip connection.
 * @param {number[]} cut
 * @param {number} skips  How many it has.
 */
function sayFound(predicted, mask, whole, cut, skips) {
  if (!mask || !whole) {
    const area = predicted.reduce((sum, value) => sum + Number(value > 0), 0);
    return `${area.toLocaleString("en")} pixels found.`;
  }
  const dice = shownScore(scoresOf(...whole).dice);
  if (!skips) return `Dice ${dice}.`;
  if (!cut.length) return `Dice ${dice} with every skip connection.`;
  const { tp, fp, fn } = countPixels(predicted, mask);
  const names = cut.map((skip) => skip + 1).join(", ");
  return `Dice ${shownScore(scoresOf(tp, fp, fn).dice)} without skip ${names}; ${dice} with all of them.`;
}

/**
 * Paint what the network sees of some pixels of a slice.
 * @param {HTMLCanvasElement} canvas
 * @param {Uint8Array} values
 * @param {Opened} opened
 * @param {Look["field"]} field
 */
function paintGrey(canvas, values, { width, height }, field) {
  const { image, words } = picture(width, height);
  for (let i = 0; i < words.length; i++) words[i] = GREYS[values[i]];
  Object.assign(canvas, { width: field.width, height: field.height });
  pen(canvas).putImageData(image, -field.left, -field.top);
}
