/* The worker of the engine in the browser: it loads the networks, and answers one question after another. */

import { Refused } from "../port.js";
import { Answers } from "./answers.js";
import { download } from "./download.js";
import { sentenceOf } from "./failures.js";
import { Network, useRuntime } from "./network.js";
import { loadPartsBy } from "./parts.js";
import { Queue } from "./queue.js";

/**
 * @typedef {{type: "start", files: Record<string, SiteFile>}
 *   | {type: "wake"}
 *   | {type: "file", number: number, file: File}
 *   | {type: "ask", number: number, name: string, question: any}} Message
 * @typedef {{type: "progress", progress: Progress}
 *   | {type: "reading", number: number | null}
 *   | {type: "answer", number: number, answer?: any, refused?: string, failed?: string}} Said  Files are read for the
 *   question of a number, or no more; `failed` is for who looks into the browser's console.
 * @typedef {{url: string, bytes: number}} SiteFile  Where one of the site's files is, and how large it is as it is sent.
 */
/**
 * @typedef {object} Progress  How far a network has come.
 * @property {"loading" | "starting" | "ready" | "failed" | "lacking"} stage
 * @property {number} done  Bytes that are there, of all networks that were asked for.
 * @property {number} of
 * @property {string} problem  What went wrong.
 */

const [FACTS, RUNTIME] = ["facts.json.gz", "ort.wasm.gz"];

/** @param {Said} said */
const tell = (said) => self.postMessage(said);

/** Loads what is needed when it is needed; what is under way is not asked for again. */
class Loader {
  /** @param {Record<string, SiteFile>} files */
  constructor(files) {
    this.files = files;
    /** @type {Map<string, number>}  Bytes that have come of the files that networks need. */
    this.come = new Map();
    /** @type {Map<string, Promise<Uint8Array<ArrayBuffer>>>} */
    this.loaded = new Map();
    /** @type {Map<string, Promise<import("./answers.js").Wired>>} */
    this.networks = new Map();
    this.underWay = 0; // networks
  }

  /** @param {string} name */
  load(name) {
    return this.once(this.loaded, name, () => download(this.files[name].url));
  }

  /**
   * One of the files that networks need.
   * @param {string} name
   */
  part(name) {
    return this.once(this.loaded, name, () => {
      this.come.set(name, 0);
      return download(this.files[name].url, (bytes) => {
        this.come.set(name, Math.min(this.files[name].bytes, (this.come.get(name) ?? 0) + bytes));
        if (this.underWay) this.show("loading"); // another file may have failed by now
      });
    });
  }

  /**
   * @template Coming
   * @param {Map<string, Promise<Coming>>} all
   * @param {string} name
   * @param {() => Promise<Coming>} begin
   * @returns {Promise<Coming>}
   */
  once(all, name, begin) {
    const coming = all.get(name) ?? begin();
    if (!all.has(name)) coming.catch(() => all.delete(name)); // the next question tries again
    all.set(name, coming);
    return coming;
  }

  /** @type {(stage: Progress["stage"], problem?: string) => void} */
  show(stage, problem = "") {
    const done = [...this.come.values()].reduce((sum, bytes) => sum + bytes, 0);
    const of = [...this.come.keys()].reduce((sum, name) => sum + this.files[name].bytes, 0);
    tell({ type: "progress", progress: { stage, done, of, problem } });
  }

  /** @returns {Promise<import("./answers.js").Facts>} */
  async facts() {
    return JSON.parse(new TextDecoder().decode(await this.load(FACTS)));
  }

  /** @param {string} name */
  bring(name) {
    return this.once(this.networks, name, async () => {
      this.underWay++;
      try {
        return await this.network(name);
      } catch (error) {
        this.show("failed", sentenceOf(error));
        throw error;
      } finally {
        this.underWay--;
      }
    });
  }

  /**
   * @param {string} name
   * @returns {Promise<import("./answers.js").Wired>}
   */
  async network(name) {
    const { networks } = await this.facts();
    const about = networks.find((one) => one.name === name) ?? networks[0];
    const [wasm, model, outputs] = await Promise.all(
      [this.part(RUNTIME), this.part(about.model), this.load(about.outputs)]);
    useRuntime(wasm);
    this.show("starting");
    const network = new Network(model, about.skips, outputs);
    await network.session();
    this.show("ready");
    return { network, about };
  }

  /** @param {string} name */
  async fetch(name) {
    return new File([await this.load(name)], name.split("/").at(-1) ?? "");
  }
}

/** @type {Map<number, File>} */
const uploads = new Map();
/** @type {Loader | null} */
let loader = null;
/** @type {Answers | null} */
let answers = null;
const queue = new Queue();
let isAsked = false;
let answering = 0; // the number of a question
let reading = 0; // one within another

self.addEventListener("message", (/** @type {MessageEvent<Message>} */ { data: message }) => {
  if (message.type === "start") {
    const loads = new Loader(message.files);
    loader = loads;
    loadPartsBy((name) => loads.load(name));
  }
  if (message.type === "start" || message.type === "wake") loader?.bring("").then(warm, () => {}); // the page was told
  if (message.type === "file") uploads.set(message.number, message.file);
  if (message.type === "ask") answer(message);
});

/** @param {import("./answers.js").Wired} wired */
async function warm({ network }) {
  if (!isAsked) await queue.take(() => network.warm(), { inBackground: true });
}

/** @param {Message & {type: "ask"}} message */
async function answer({ number, name, question }) {
  isAsked = true;
  try {
    const asked = /** @type {any} */ (await who());
    /** @param {any} part */
    const work = (part) => () => {
      answering = number;
      return asked[name](part);
    };
    tell({ type: "answer", number, answer: name === "tables" ? await tables(work, question)
      : await queue.take(work(question), { inBackground: false }) });
  } catch (error) {
    const failed = error instanceof Refused ? undefined : String(error);
    tell({ type: "answer", number, refused: sentenceOf(error), failed });
  }
}

/**
 * The counts of several slices, each when nothing else is asked.
 * @param {(part: object) => () => ReturnType<Answers["tables"]>} work
 * @param {Parameters<Answers["tables"]>[0]} question
 */
async function tables(work, question) {
  const each = question.places.map((place) => queue.take(work({ ...question, places: [place] }), { inBackground: true }));
  return (await Promise.all(each)).flat();
}

/**
 * Read files while the page looks at the clock: only it can end a worker that is busy.
 * @type {import("./answers.js").Timed}
 */
async function timed(read) {
  if (!reading++) tell({ type: "reading", number: answering });
  try {
    return await read();
  } finally {
    if (!--reading) tell({ type: "reading", number: null });
  }
}

/** Who answers, once it is known what there is to say. */
async function who() {
  const from = /** @type {Loader} */ (loader);
  answers ??= new Answers(await from.facts(), (name) => from.bring(name), (name) => from.fetch(name), uploads, timed);
  return answers;
}
