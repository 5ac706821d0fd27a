/* The engine of the app's page: the server, or this computer for those who wish it. A file that was given while this
   computer answers is never sent; real cases are the server's own, and stay with it. */

import { BrowserEngine } from "./browser.js";
import { Refused } from "./port.js";

/**
 * @typedef {import("./port.js").Engine} Engine
 * @typedef {import("./port.js").Piece} Piece
 * @typedef {import("./port.js").Source} Source
 * @typedef {import("./port.js").Wish} Wish
 * @typedef {"server" | "browser"} Name
 */

const OR = "Or let the server compute: switch 'Compute on this computer' off, in the tab Segment.";
const AWAY = `What computes on this computer could not be loaded: please check the connection, and try again. ${OR}`;
const KEPT = "This file was given while this computer computes, so it is not sent to the server. To have it sent, switch "
  + "'Compute on this computer' off and give it again.";
const ELSEWHERE = "(python app.py)"; // the way to the app, as the engine in the browser names it
const HERE = "(here: switch 'Compute on this computer' off and give the file again, which then is sent to the server)";
const BY = {
  browser: "Computed on this computer.",
  server: "Computed by the server, as all real cases are.",
};

export class EngineChoice {
  /**
   * @param {Engine} server
   * @param {string} files  Address of the list of what the engine in the browser loads.
   * @param {(progress: import("./browser/worker.js").Progress) => void} hear  Hears how far the network has come.
   * @param {Name} name  Who is to answer.
   */
  constructor(server, files, hear, name) {
    this.server = server;
    this.files = files;
    /** @param {import("./browser/worker.js").Progress} progress */
    this.hear = (progress) => hear({ ...progress, problem: progress.problem && `${progress.problem} ${OR}` });
    this.name = name;
    /** @type {WeakSet<File>} */
    this.kept = new WeakSet(); // files that stay on this computer
    /** @type {Promise<BrowserEngine> | null} */
    this.loading = null;
  }

  /** @param {Wish} wish */
  async open(wish) {
    const files = wish.files.length > 0 && isReal(wish); // they are no part of a case that the server has
    const wanted = this.name === "browser" && files ? { ...wish, slice: null, mask: null } : wish;
    const name = this.whose(wanted, wanted.files);
    const opened = await this.ask(name, (engine) => engine.open(wanted));
    const notes = this.name === "browser" ? [...opened.notes, BY[name]] : opened.notes;
    return { ...opened, by: name, notes };
  }

  /** @param {[Source, number[]]} question */
  tables(...question) {
    return this.about(question, (engine) => engine.tables(...question));
  }

  /** @param {Parameters<Engine["plane"]>} question */
  plane(...question) {
    return this.about(question, (engine) => engine.plane(...question));
  }

  /** @param {Parameters<Engine["values"]>} question */
  values(...question) {
    return this.about(question, (engine) => engine.values(...question));
  }

  /** @param {Parameters<Engine["distances"]>} question */
  distances(...question) {
    return this.about(question, (engine) => engine.distances(...question));
  }

  /** @param {Parameters<Engine["takeHome"]>} question */
  takeHome(...question) {
    return this.about(question, (engine) => engine.takeHome(...question));
  }

  /** @param {Parameters<Engine["inside"]>} question */
  inside(...question) {
    return this.about(question, (engine) => engine.inside(...question));
  }

  /** @param {Parameters<Engine["operation"]>} question */
  operation(...question) {
    return this.about(question, (engine) => engine.operation(...question));
  }

  /** @param {Parameters<Engine["compare"]>} question */
  compare(...question) {
    return this.about(question, (engine) => engine.compare(...question));
  }

  /** @param {Parameters<Engine["broken"]>} question */
  broken(...question) {
    return this.about(question, (engine) => engine.broken(...question));
  }

  ranked() {
    return this.server.ranked(); // of the examples, and worked out already
  }

  /** @param {Parameters<Engine["fetchReal"]>} question */
  fetchReal(...question) {
    return this.server.fetchReal(...question);
  }

  /** @param {Parameters<Engine["leaveReal"]>} question */
  leaveReal(...question) {
    return this.server.leaveReal(...question);
  }

  /**
   * @template Answer
   * @param {[Source, ...unknown[]]} question
   * @param {(engine: Engine) => Promise<Answer>} put
   */
  async about([source], put) {
    return this.ask(this.whose(source), put);
  }

  /**
   * Who answers about a case. Here alone it is decided whether files go to the server.
   * @param {Pick<Wish, "slice" | "mask">} about
   * @param {File[]} [files]  Further ones.
   * @returns {Name}
   */
  whose({ slice, mask }, files = []) {
    const own = [slice, mask, files].flatMap((piece) => (Array.isArray(piece) ? piece : []));
    if (this.name === "browser") for (const file of own) this.kept.add(file);
    const name = this.name === "browser" && !isReal({ slice, mask }) ? "browser" : "server";
    if (name === "server" && own.some((file) => this.kept.has(file))) throw new Refused(KEPT);
    return name;
  }

  /**
   * @template Answer
   * @param {Name} name
   * @param {(engine: Engine) => Promise<Answer>} put
   * @returns {Promise<Answer>}
   */
  async ask(name, put) {
    if (name === "server") return put(this.server);
    try {
      return await put(await this.local());
    } catch (error) {
      if (error instanceof Refused) error.message = error.message.replaceAll(ELSEWHERE, HERE);
      throw error;
    }
  }

  /** Try once more to load the network. */
  async wake() {
    if (this.name === "browser") (await this.local()).wake();
  }

  /** @returns {Promise<BrowserEngine>} */
  local() {
    if (!this.loading) {
      const loading = this.list().then((files) => new BrowserEngine({ files, ranked: "", first: null }, this.hear));
      loading.catch(() => { this.loading = null; }); // the next question tries again
      this.loading = loading;
    }
    return this.loading;
  }

  /** @returns {Promise<Record<string, import("./browser/worker.js").SiteFile>>} */
  async list() {
    const response = await fetch(this.files).catch(() => null);
    if (!response?.ok) throw new Refused(AWAY);
    const files = await response.json();
    for (const file of Object.values(files)) file.url = new URL(file.url, response.url).href;
    return files;
  }
}

/** @param {Pick<Wish, "slice" | "mask">} about */
const isReal = ({ slice, mask }) => [slice, mask].some((piece) => piece && "real" in piece);
