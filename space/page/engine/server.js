/* The engine that asks the Gradio app: uploads by its upload route, one request a question by its server functions. */

import { unpackedText as unpacked } from "./base64.js";
import { Line } from "./line.js";
import { Asked, Refused } from "./port.js";

export const HOME = import.meta.url.split("gradio_api/")[0]; // this module comes from the app
const AT_ONCE = 20; // files per request
const BEHIND = ["tables", "fetch_real", "leave_real"]; // nobody waits for these
const AWAY = "The server does not answer. Try again in a moment; if it was restarted, reload the page.";

/**
 * @typedef {import("./port.js").Piece} Piece
 * @typedef {import("./port.js").Source} Source
 * @typedef {import("./port.js").Wish} Wish
 * @typedef {import("./port.js").Real} Real
 * @typedef {{uploads: string[]} | Exclude<Piece, File[]> | null} Reference  A piece as the server knows it.
 * @typedef {Record<string, (question: unknown) => Promise<any>>} Functions
 */

export class ServerEngine {
  /**
   * @param {Functions} server  The server functions of `space/ui/handlers.py`.
   * @param {number} largest  The largest upload, in megabytes.
   * @param {(wait: import("./line.js").Wait | null) => void} hear  Is told how long a question is going to wait.
   */
  constructor(server, largest, hear) {
    this.server = server;
    this.line = new Line((ticket) => server.waiting({ ticket }), hear);
    this.largest = largest;
    /** @type {WeakMap<File, string>} */
    this.uploads = new WeakMap();
  }

  /**
   * @param {Wish} wish
   * @returns {Promise<import("./port.js").Opened>}
   */
  async open({ slice, mask, files, values, label, order, place, turn }) {
    const answer = await this.ask("open_case", [slice, mask, files], async () => ({
      slice: await this.reference(slice),
      mask: await this.reference(mask),
      files: (await this.uploaded(files)).map((upload) => ({ uploads: [upload] })),
      values, label, order, place, turn,
    }));
    const own = new Map([slice, mask, files].flatMap(filesOf).map((file) => [this.uploads.get(file), file]));
    /** @type {(reference: Reference) => Piece | null} */
    const piece = (reference) => {
      if (!reference || !("uploads" in reference)) return reference;
      return reference.uploads.map((upload) => /** @type {File} */ (own.get(upload)));
    };
    const source = { ...answer.source, slice: piece(answer.source.slice), mask: piece(answer.source.mask) };
    if (answer.question) {
      const { text, argument, choices } = answer.question;
      throw new Asked(text, argument, choices, { ...source, files: [] });
    }
    const stack = JSON.stringify([answer.source.slice, source.values, source.turn]);
    return { ...answer, source, stack, key: `${stack}${answer.place}`, ...await pictures(answer) };
  }

  /**
   * @param {import("./port.js").Source} source
   * @param {string} network
   * @param {string} level
   * @param {number[]} cut
   * @returns {Promise<import("./port.js").Look>}
   */
  async inside(source, network, level, cut) {
    const answer = await this.about("look_inside", source, { network, level, cut });
    return { ...answer, probability: await unpacked(answer.probability) };
  }

  /**
   * @param {Source} source
   * @param {string} network
   * @param {number[]} cut
   * @param {string} name
   * @param {number | null} from
   * @param {number | null} to
   * @returns {Promise<import("./port.js").Passage>}
   */
  async operation(source, network, cut, name, from, to) {
    const answer = await this.about("operation", source, { network, cut, name, input_map: from, output_map: to });
    const [input, output] = await Promise.all([answer.input, answer.output].map(async (plane) => (
      { ...plane, values: new Float32Array((await unpacked(plane.values)).buffer) })));
    return { ...answer, input, output };
  }

  /**
   * @param {Source} source
   * @returns {Promise<Record<string, Pick<import("./port.js").Opened, "probability" | "table">>>}
   */
  async compare(source) {
    const { found } = await this.about("compare", source, {});
    const all = Object.entries(found).map(async ([name, { probability, table }]) => (
      [name, { probability: await unpacked(probability), table }]));
    return Object.fromEntries(await Promise.all(all));
  }

  /**
   * @param {Source} source
   * @param {string} change
   * @param {number} strength
   * @returns {Promise<import("./port.js").Broken>}
   */
  async broken(source, change, strength) {
    const answer = await this.about("broken", source, { change, strength });
    return { table: answer.table, ...await pictures(answer) };
  }

  /**
   * @param {Source} source
   * @param {number[]} places
   * @returns {Promise<[number, number, number][][]>}
   */
  async tables(source, places) {
    const { tables } = await this.about("tables", source, { places });
    return tables;
  }

  /**
   * @param {Source} source
   * @param {"coronal" | "sagittal"} plane
   * @param {number} at
   * @returns {Promise<import("./port.js").Plane>}
   */
  async plane(source, plane, at) {
    const answer = await this.about("plane", source, { plane, at });
    return { ...answer, ...await pictures(answer) };
  }

  /**
   * @param {Source} source
   * @returns {Promise<Int16Array>}
   */
  async values(source) {
    const { hu } = await this.about("values", source, {});
    return new Int16Array((await unpacked(hu)).buffer);
  }

  /**
   * @param {Source} source
   * @param {number} level
   * @returns {Promise<import("./port.js").Distances>}
   */
  distances(source, level) {
    return this.about("distances", source, { level });
  }

  /**
   * @param {Source} source
   * @param {number} level
   * @param {import("./port.js").Kind} kind
   * @returns {Promise<{name: string, bytes: Uint8Array}>}
   */
  async takeHome(source, level, kind) {
    const { name, bytes } = await this.about("take_home", source, { level, kind });
    return { name, bytes: await unpacked(bytes) };
  }

  /** @returns {Promise<import("./port.js").Ranked>} */
  ranked() {
    return this.ask("ranked", [], async () => ({}));
  }

  /**
   * @param {Real} real
   * @param {string} who
   * @returns {Promise<import("./port.js").Fetched>}
   */
  fetchReal(real, who) {
    return this.ask("fetch_real", [], async () => ({ ...real, who }));
  }

  /**
   * @param {Real} real
   * @param {string} who
   */
  async leaveReal(real, who) {
    await this.ask("leave_real", [], async () => ({ ...real, who }));
  }

  /**
   * Ask a question about a case.
   * @param {string} name
   * @param {Source} source
   * @param {object} more  What else the question says.
   * @returns {Promise<any>}
   */
  about(name, source, more) {
    return this.ask(name, [source.slice, source.mask], async () => ({
      ...source, slice: await this.reference(source.slice), mask: await this.reference(source.mask), ...more,
    }));
  }

  /**
   * Ask a question; if the server has deleted a file meanwhile, give it once more.
   * @param {string} name
   * @param {(Piece | null)[]} pieces  Those with files.
   * @param {() => Promise<object>} question
   * @returns {Promise<any>}
   */
  async ask(name, pieces, question, again = true) {
    const asked = await question();
    const put = (/** @type {string} */ ticket) => this.server[name]({ ...asked, ticket });
    const answer = await this.line.pass(put, { shown: !BEHIND.includes(name) });
    if (!answer) throw new Refused(AWAY);
    if (answer.gone && again) {
      for (const file of pieces.flatMap(filesOf)) this.uploads.delete(file);
      return this.ask(name, pieces, question, false);
    }
    if (answer.refused) throw new Refused(answer.refused);
    return answer;
  }

  /**
   * What the server calls a piece.
   * @param {Piece | null} piece
   * @returns {Promise<Reference>}
   */
  async reference(piece) {
    return Array.isArray(piece) ? { uploads: await this.uploaded(piece) } : piece;
  }

  /**
   * Where files lie on the server; those that are not there yet are sent.
   * @param {File[]} files
   * @returns {Promise<string[]>}
   */
  async uploaded(files) {
    const fresh = files.filter((file) => !this.uploads.has(file));
    for (let from = 0; from < fresh.length; from += AT_ONCE) await this.upload(fresh.slice(from, from + AT_ONCE));
    return files.map((file) => /** @type {string} */ (this.uploads.get(file)));
  }

  /** @param {File[]} files */
  async upload(files) {
    const tooLarge = `A file is larger than ${this.largest} MB: please give fewer slices.`;
    if (files.some(({ size }) => size > this.largest * 2 ** 20)) throw new Refused(tooLarge);
    const form = new FormData();
    for (const file of files) form.append("files", file);
    const sent = await fetch(`${HOME}gradio_api/upload`, { method: "POST", body: form }).catch(() => null);
    if (sent?.status === 413) throw new Refused(tooLarge);
    if (sent?.status === 507) throw new Refused(await sent.text()); // what the server lacks
    if (!sent?.ok) throw new Refused(AWAY);
    const places = await sent.json();
    files.forEach((file, i) => this.uploads.set(file, places[i]));
  }
}

/**
 * @param {Piece | null} piece
 * @returns {File[]}
 */
const filesOf = (piece) => (Array.isArray(piece) ? piece : []);

/** @param {{pixels: string, probability: string, mask: string | null}} answer */
async function pictures({ pixels, probability, mask }) {
  const [slice, map, truth] = await Promise.all([unpacked(pixels), unpacked(probability), mask && unpacked(mask)]);
  return { slice, probability: map, mask: truth || null };
}
