/* The engine that asks the Gradio app: uploads by its upload route, one request a question by its server functions. */

import { Asked, Refused } from "./port.js";

const HOME = import.meta.url.split("gradio_api/")[0]; // this module comes from the app
const AWAY = "The server does not answer. Try again in a moment; if it was restarted, reload the page.";

/**
 * @typedef {import("./port.js").Piece} Piece
 * @typedef {import("./port.js").Wish} Wish
 * @typedef {{upload: string} | {example: string} | null} Reference  A piece as the server knows it.
 * @typedef {Record<string, (question: unknown) => Promise<any>>} Functions
 */

export class ServerEngine {
  /**
   * @param {Functions} server  The server functions of `space/ui/handlers.py`.
   * @param {number} largest  The largest upload, in megabytes.
   */
  constructor(server, largest) {
    this.server = server;
    this.largest = largest;
    /** @type {WeakMap<File, string>} */
    this.uploads = new WeakMap();
  }

  /**
   * @param {Wish} wish
   * @returns {Promise<import("./port.js").Opened>}
   */
  async open({ slice, mask, files, values, label }) {
    const answer = await this.ask("open_case", [slice, mask, ...files], async () => ({
      slice: await this.reference(slice),
      mask: await this.reference(mask),
      files: await Promise.all(files.map((file) => this.reference(file))),
      values, label,
    }));
    const pieces = [slice, mask, ...files];
    /** @type {(reference: Reference) => Piece | null} */
    const piece = (reference) => {
      if (!reference || "example" in reference) return reference;
      return pieces.find((one) => one instanceof File && this.uploads.get(one) === reference.upload) ?? null;
    };
    const source = { ...answer.source, slice: piece(answer.source.slice), mask: piece(answer.source.mask) };
    if (answer.question) {
      const { text, argument, choices } = answer.question;
      throw new Asked(text, argument, choices, { ...source, files: [] });
    }
    const [pixels, probability, truth] = await Promise.all(
      [answer.pixels, answer.probability, answer.mask].map((text) => (text ? unpacked(text) : null)));
    return {
      ...answer, source, key: JSON.stringify([answer.source.slice, source.values]), slice: pixels, probability, mask: truth,
    };
  }

  /**
   * @param {import("./port.js").Source} source
   * @param {string} level
   * @param {number[]} cut
   * @returns {Promise<import("./port.js").Look>}
   */
  async inside(source, level, cut) {
    const answer = await this.ask("look_inside", [source.slice], async () => ({
      slice: await this.reference(source.slice), values: source.values, level, cut,
    }));
    return { ...answer, probability: await unpacked(answer.probability) };
  }

  /** @returns {Promise<import("./port.js").Ranked>} */
  ranked() {
    return this.ask("ranked", [], async () => ({}));
  }

  /**
   * Ask a question; if the server has deleted a file meanwhile, give it once more.
   * @param {string} name
   * @param {(Piece | null)[]} pieces
   * @param {() => Promise<object>} question
   * @returns {Promise<any>}
   */
  async ask(name, pieces, question, again = true) {
    const answer = await this.server[name](await question()).catch(() => null);
    if (!answer) throw new Refused(AWAY);
    if (answer.gone && again) {
      for (const piece of pieces) if (piece instanceof File) this.uploads.delete(piece);
      return this.ask(name, pieces, question, false);
    }
    if (answer.refused) throw new Refused(answer.refused);
    return answer;
  }

  /**
   * What the server calls a piece; a file is sent if it is not there yet.
   * @param {Piece | null} piece
   * @returns {Promise<Reference>}
   */
  async reference(piece) {
    if (!(piece instanceof File)) return piece;
    const upload = this.uploads.get(piece) ?? await this.upload(piece);
    this.uploads.set(piece, upload);
    return { upload };
  }

  /**
   * @param {File} file
   * @returns {Promise<string>}  Where it lies on the server.
   */
  async upload(file) {
    const tooLarge = `${file.name} is larger than ${this.largest} MB: please give the one slice alone.`;
    if (file.size > this.largest * 2 ** 20) throw new Refused(tooLarge);
    const form = new FormData();
    form.append("files", file);
    const sent = await fetch(`${HOME}gradio_api/upload`, { method: "POST", body: form }).catch(() => null);
    if (sent?.status === 413) throw new Refused(tooLarge);
    if (!sent?.ok) throw new Refused(AWAY);
    return (await sent.json())[0];
  }
}

/**
 * Bytes that were sent as base64 of a zlib stream. No canvas: some browsers add noise to what a page reads back.
 * @param {string} text
 * @returns {Promise<Uint8Array>}
 */
async function unpacked(text) {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}
