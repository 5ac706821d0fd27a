/* The worker of the engine in the browser: it loads the networks, and answers one question after another. */

import { Refused } from "../port.js";
import { Answers } from "./answers.js";
import { download } from "./download.js";
import { Network, useRuntime } from "./network.js";
import { loadPartsBy } from "./parts.js";

/**
 * @typedef {{type: "start", files: Record<string, SiteFile>}
 *   | {type: "file", number: number, file: File}
 *   | {type: "ask", number: number, name: string, question: any}} Message
 * @typedef {{type: "progress", done: number, of: number}
 *   | {type: "answer", number: number, answer?: any, refused?: string, failed?: string}} Said
 * @typedef {{url: string, bytes: number}} SiteFile  Where one of the site's files is, and how large it is as it is sent.
 */

const [FACTS, RUNTIME] = ["facts.json.gz", "ort.wasm.gz"];

/** @param {Said} said */
const tell = (said) => self.postMessage(said);

/** Loads what is needed when it is needed; what is under way is not asked for again. */
class Loader {
  /** @param {Record<string, SiteFile>} files */
  constructor(files) {
    this.files = files;
    this.done = 0;
    this.of = 0;
    /** @type {Map<string, Promise<Uint8Array<ArrayBuffer>>>} */
    this.loaded = new Map();
    /** @type {Map<string, Promise<import("./answers.js").Wired>>} */
    this.networks = new Map();
  }

  /** @param {string} name */
  load(name) {
    let loading = this.loaded.get(name);
    if (!loading) {
      this.of += this.files[name].bytes;
      loading = download(this.files[name].url, (bytes) => {
        this.done += bytes;
        tell({ type: "progress", done: this.done, of: this.of });
      });
      loading.catch(() => this.loaded.delete(name)); // the next question tries again
      this.loaded.set(name, loading);
    }
    return loading;
  }

  /** @returns {Promise<import("./answers.js").Facts>} */
  async facts() {
    return JSON.parse(new TextDecoder().decode(await this.load(FACTS)));
  }

  /** @param {string} name */
  bring(name) {
    let coming = this.networks.get(name);
    if (!coming) {
      coming = this.network(name);
      coming.catch(() => this.networks.delete(name));
      this.networks.set(name, coming);
    }
    return coming;
  }

  /**
   * @param {string} name
   * @returns {Promise<import("./answers.js").Wired>}
   */
  async network(name) {
    const { networks } = await this.facts();
    const about = networks.find((one) => one.name === name) ?? networks[0];
    const [wasm, model, outputs] = await Promise.all([RUNTIME, about.model, about.outputs].map((file) => this.load(file)));
    useRuntime(wasm);
    const network = new Network(model, about.skips, outputs);
    await network.session();
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
/** @type {Promise<unknown>} */
let before = Promise.resolve(); // the network answers one question at a time

self.addEventListener("message", (/** @type {MessageEvent<Message>} */ { data: message }) => {
  if (message.type === "start") {
    const loads = new Loader(message.files);
    loader = loads;
    loadPartsBy((name) => loads.load(name));
    loader.bring("").catch(() => {}); // whoever asks a question hears of it
  }
  if (message.type === "file") uploads.set(message.number, message.file);
  if (message.type === "ask") before = before.then(() => answer(message));
});

/** @param {Message & {type: "ask"}} message */
async function answer({ number, name, question }) {
  try {
    const asked = /** @type {any} */ (await who());
    tell({ type: "answer", number, answer: await asked[name](question) });
  } catch (error) {
    if (error instanceof Refused) tell({ type: "answer", number, refused: error.message });
    else tell({ type: "answer", number, failed: String(error) });
  }
}

/** Who answers, once it is known what there is to say. */
async function who() {
  const from = /** @type {Loader} */ (loader);
  answers ??= new Answers(await from.facts(), (name) => from.bring(name), (name) => from.fetch(name), uploads);
  return answers;
}
