/* Answers the page's questions, as space/answer.py and space/ui/handlers.py do: files in; pixels, maps and counts out. */

import { Refused } from "../port.js";
import { changed } from "./broken.js";
import { millilitres, pixelMm } from "./case.js";
import { cut } from "./cut.js";
import { takeHome } from "./home.js";
import { look } from "./inside.js";
import { extremes, fixed, greyToHu, huToGrey } from "./numbers.js";
import { Opened, Seen } from "./opened.js";
import { operation } from "./operation.js";
import { candidates } from "./pieces.js";
import { Kept } from "./reading/kept.js";
import { readCaseLabels, readCaseMask } from "./reading/label_volume.js";
import { EMPTY, misplaced } from "./reading/mask.js";
import { Question } from "./reading/question.js";
import { readCase } from "./reading/reading.js";
import { LEFT_OUT } from "./reading/sorting.js";
import { distances } from "./whole.js";

/**
 * @typedef {object} Facts  What the engine knows of the model: `space/site/facts.py` writes it.
 * @property {string} target  The organ, in words.
 * @property {string} word  The same, for the name of a file.
 * @property {string} model
 * @property {string} version
 * @property {string} modality
 * @property {number} threshold
 * @property {import("./numbers.js").Window} window
 * @property {Record<string, string>} readings
 * @property {import("./broken.js").Change[]} changes
 * @property {import("./anatomy.js").Anatomy} anatomy
 * @property {import("./reading/kinds.js").Mark[]} marks
 * @property {Record<string, {image: string, mask: string | null}>} examples  Their files, by name.
 * @property {AboutNetwork[]} networks  The model's own first; its name is empty.
 */
/**
 * @typedef {object} AboutNetwork
 * @property {string} name
 * @property {string} model  Its file.
 * @property {string} outputs  The file that makes more tensors outputs.
 * @property {string[]} levels
 * @property {number} skips
 * @property {boolean} stem
 * @property {import("../port.js").Arrow[]} arrows
 * @property {(import("../port.js").Tiles & {name: string})[]} kernels
 * @property {Record<string, import("./operation.js").Probe>} probes  By the operation's name.
 */
/**
 * @typedef {{network: import("./network.js").Network, about: AboutNetwork}} Wired
 * @typedef {{uploads: number[]} | {example: string} | {real: string, whole: boolean}} Piece  Files by their numbers.
 * @typedef {Omit<import("../port.js").Wish, "slice" | "mask" | "files"> & {slice: Piece | null, mask: Piece | null,
 *   files: Piece[]}} Wish
 * @typedef {Omit<import("../port.js").Source, "slice" | "mask"> & {slice: Piece, mask: Piece | null}} Source
 * @typedef {(name: string) => Promise<Wired>} Bring  Loads a network.
 * @typedef {(name: string) => Promise<File>} Fetch  Gets one of the site's own files.
 * @typedef {<T>(read: () => Promise<T>) => Promise<T>} Timed  Reads files within the time that there is for it.
 */

const WITHOUT_THE_MASK = "The prediction is shown without it; nothing was resized or guessed.";

export class Answers {
  /**
   * @param {Facts} facts
   * @param {Bring} bring
   * @param {Fetch} fetch
   * @param {Map<number, File>} uploads  The person's own files, by their numbers.
   * @param {Timed} timed
   */
  constructor(facts, bring, fetch, uploads, timed) {
    this.facts = facts;
    this.bring = bring;
    this.fetch = fetch;
    this.uploads = uploads;
    this.timed = timed;
    /** @type {Kept<import("./case.js").Case>} */
    this.cases = new Kept(({ hu }) => hu.byteLength);
    /** @type {Kept<import("./case.js").Labels>} */
    this.labels = new Kept(({ volume }) => volume.values.byteLength);
    /** @type {Kept<Seen>} */
    this.seen = new Kept((seen) => seen.bytes);
    /** @type {Kept<Opened>} */
    this.kept = new Kept((opened) => opened.bytes);
  }

  /** @param {Wish} wish */
  async open(wish) {
    const found = await this.timed(() => candidates(wish, this));
    /** @type {Refused[]} */
    const problems = [];
    for (const candidate of found) {
      try {
        return await this.respond(candidate, "");
      } catch (error) {
        if (error instanceof Question) {
          const { message, argument, choices } = error;
          return { question: { text: message, argument, choices }, source: candidate };
        }
        if (!(error instanceof Refused)) throw error;
        problems.push(error);
      }
    }
    // no pair fits: a slice without its mask, and what is wrong with the mask
    if (!found[0].mask) throw problems[0];
    return this.respond({ ...found[0], mask: null, label: null }, `${problems[0].message} ${WITHOUT_THE_MASK}`);
  }

  /** @param {Source & {network: string, level: string, cut: number[]}} asked */
  async inside(asked) {
    const { wired, slice } = await this.looking(asked);
    return look(wired, slice, asked.level);
  }

  /** @param {Source & {network: string, cut: number[], name: string, from: number | null, to: number | null}} asked */
  async operation(asked) {
    const { wired, slice } = await this.looking(asked);
    return operation(wired, slice, asked.name, asked.from, asked.to);
  }

  /** @param {Source} asked */
  async compare(asked) {
    const opened = await this.opened(asked);
    const slice = sliceOf(opened, opened.place(asked.place));
    /** @type {Record<string, object>} */
    const all = {};
    for (const { name } of this.facts.networks.slice(1)) {
      const { network } = await this.bring(name);
      const { probability, table } = await network.predict(slice);
      all[name] = { probability, table: slice.reference && table };
    }
    return all;
  }

  /** @param {Source & {change: string, strength: number}} asked */
  async broken(asked) {
    const opened = await this.opened(asked);
    const { window } = this.facts;
    const slice = sliceOf(opened, opened.place(asked.place));
    const pixels = huToGrey(slice.hu, window);
    const { width, height, reference: marked } = slice;
    const seen = { pixels, mask: marked ?? new Uint8Array(pixels.length), width, height };
    const after = changed(seen, asked.change, asked.strength, this.facts);
    const reference = marked && after.mask;
    const { network } = await this.bring("");
    const found = await network.predict({ ...slice, hu: greyToHu(after.pixels, window), reference });
    const mask = reference && reference.map((one) => 255 * one);
    return { slice: found.pixels, probability: found.probability, mask, table: mask && found.table };
  }

  /**
   * Look at one more slice of a case; how many are then left. Whoever wants the whole case asks this until none is, and
   * other questions get their turn in between.
   * @param {Source} asked
   */
  async advance(asked) {
    const opened = await this.opened(asked);
    if (opened.missing.length) await opened.predict(opened.missing[0]);
    return opened.missing.length;
  }

  /** @param {Source & {places: number[]}} asked */
  async tables(asked) {
    return (await this.opened(asked)).tables(asked.places);
  }

  /** @param {Source & {plane: "coronal" | "sagittal", at: number}} asked */
  async plane(asked) {
    return cut(await this.opened(asked), asked.plane, asked.at);
  }

  /** @param {Source} asked */
  async values(asked) {
    return (await this.opened(asked)).hu(asked.place);
  }

  /** @param {Source & {level: number}} asked */
  async distances(asked) {
    return distances(await this.opened(asked), asked.level);
  }

  /** @param {Source & {level: number, kind: import("../port.js").Kind}} asked */
  async takeHome(asked) {
    return takeHome(await this.opened(asked), asked.level, asked.kind, this.facts);
  }

  /**
   * A network, and what it is to look at.
   * @param {Source & {network: string, cut: number[]}} asked
   */
  async looking(asked) {
    const opened = await this.opened(asked);
    const known = this.facts.networks.some(({ name }) => name === asked.network);
    const wired = await this.bring(known ? asked.network : ""); // an unknown one is of an old link
    const left = [...new Set(asked.cut)].filter((skip) => skip >= 0 && skip < wired.about.skips).sort((a, b) => a - b);
    return { wired, slice: { ...sliceOf(opened, opened.place(asked.place)), reference: null, cut: left } };
  }

  /**
   * @param {Wish} asked
   * @param {string} problem
   */
  async respond(asked, problem) {
    const { slice } = asked;
    if (!slice) throw new Refused("There is no slice yet: please choose an example, or a slice of your own.");
    const opened = await this.opened({ ...asked, slice });
    const place = opened.place(asked.place);
    const found = await opened.predict(place);
    const { name, count, height, width, spacing, affine, inHu, reading } = opened.case;
    const reference = opened.marked(place);
    const example = "example" in slice ? slice.example : null;
    const [low, high] = extremes(opened.stored(place));
    return {
      name: count === 1 ? name : `${name}, slice ${place + 1} of ${count}`,
      example, width, height, place, places: count, spacing,
      millilitres: millilitres(opened.seen.asRead), reading, problem,
      slice: found.pixels, probability: found.probability,
      mask: reference && reference.map((marked) => 255 * marked),
      table: reference && found.table,
      hu: example !== null || inHu ? this.facts.window : null,
      beyond: inHu && (low < this.facts.window[0] || high > this.facts.window[1]),
      oriented: affine !== null,
      notes: this.notes(opened, place, found),
      source: { ...asked, files: undefined, place },
    };
  }

  /**
   * How the files were read and which part of the slice the network saw, a sentence each.
   * @param {Opened} opened
   * @param {number} place
   * @param {Omit<import("./network.js").Found, "maps">} found
   */
  notes(opened, place, { probability, field }) {
    const { case: one, mask } = opened;
    const { count, height, width } = one;
    const reference = opened.marked(place);
    const level = Math.ceil(Number((this.facts.threshold * 255).toFixed(6)));
    const predicted = reference && probability.map((value) => Number(value >= level));
    const hint = predicted && misplaced(predicted, reference, width, height);
    return [
      sizeOf(one, place), ...one.notes, ...mask?.notes ?? [],
      ...reference && count > 1 && !reference.some(Boolean) ? [EMPTY] : [],
      `The network saw ${seenInWords(field, one)}.`,
      ...hint ? [hint] : [],
    ];
  }

  /**
   * A case and its mask; those opened last are kept.
   * @param {Source} asked
   * @returns {Promise<Opened>}
   */
  async opened({ slice, mask, values, label, order, turn }) {
    const both = "uploads" in slice && JSON.stringify(slice) === JSON.stringify(mask); // an archive of both
    const which = JSON.stringify([slice, both, values, order, turn]);
    return this.kept.get(JSON.stringify([which, mask, label]), async () => {
      const seen = await this.seen.get(which, async () => {
        const one = await this.read(slice, values, order);
        return new Seen(both ? { ...one, notes: one.notes.filter((note) => note !== LEFT_OUT) } : one, turn);
      });
      const read = mask ? await this.readMask(mask, slice, seen.asRead, label, order) : null;
      const { network } = await this.bring("");
      /** @type {import("./opened.js").Run} */
      const run = (hu, reference) => network.predict({ ...sliceForm(seen.case), hu, reference, cut: [] });
      return new Opened(seen, read, this.facts.window, run);
    });
  }

  /**
   * @param {Piece} piece
   * @param {string} values
   * @param {string | null} order
   */
  async read(piece, values, order) {
    return this.cases.get(JSON.stringify([piece, values, order]), async () => {
      const files = await this.image(piece);
      return this.timed(() => readCase(files, values, order, this.facts));
    });
  }

  /**
   * @param {Piece} piece
   * @param {Piece} slice  What it is the mask of.
   * @param {import("./case.js").Case} of
   * @param {string | null} label
   * @param {string | null} order
   */
  async readMask(piece, slice, of, label, order) {
    const files = await this.mask(piece);
    if (!files.length) return null;
    return this.timed(() => readCaseMask(files, of, this.facts, label, () => (
      this.labels.get(JSON.stringify([piece, slice, order]), () => readCaseLabels(files, of, order, this.facts)))));
  }

  /**
   * The files of a slice or a series.
   * @param {Piece} piece
   */
  async image(piece) {
    return "example" in piece ? [await this.fetch(this.example(piece).image)] : this.own(piece);
  }

  /**
   * The files of a mask; none for an example without one.
   * @param {Piece} piece
   */
  async mask(piece) {
    if (!("example" in piece)) return this.own(piece);
    const { mask } = this.example(piece);
    return mask === null ? [] : [await this.fetch(mask)];
  }

  /** @param {Exclude<Piece, {example: string}>} piece */
  own(piece) {
    if ("real" in piece) throw new Refused("Real cases are fetched by the app (python app.py), not by this page.");
    return piece.uploads.map((number) => /** @type {File} */ (this.uploads.get(number)));
  }

  /** @param {{example: string}} piece */
  example({ example }) {
    const files = this.facts.examples[example];
    if (!files) throw new Refused("The page asked for something that it does not have: please reload the page.");
    return files;
  }
}

/** @param {import("./case.js").Case} one */
const sliceForm = (one) => ({ height: one.height, width: one.width, pixelMm: pixelMm(one) });

/**
 * @param {Opened} opened
 * @param {number} place
 * @returns {import("./network.js").Slice}
 */
function sliceOf(opened, place) {
  return { ...sliceForm(opened.case), hu: opened.stored(place), reference: opened.marked(place), cut: [] };
}

/**
 * Which slice it is and how large, in a sentence.
 * @param {import("./case.js").Case} one
 * @param {number} place
 */
function sizeOf({ count, height, width, spacing }, place) {
  const which = count > 1 ? `Slice ${place + 1} of ${count}, counted from the feet: ` : "";
  if (!spacing) return `${which}${width} x ${height} pixels.`;
  const [between, down, across] = spacing.map((mm) => fixed(mm, 2));
  return `${which}${width} x ${height} pixels of ${across} x ${down} mm${count > 1 ? `, slices ${between} mm apart` : ""}.`;
}

/**
 * What the network saw of a slice, in words.
 * @param {import("./network.js").Field} field
 * @param {import("./case.js").Case} one
 */
function seenInWords({ height, width, boxHeight, boxWidth }, one) {
  const whole = boxHeight === height && boxWidth === width;
  const part = whole ? "the whole slice" : `the central ${boxWidth} x ${boxHeight} pixels`;
  if (height === one.height && width === one.width) return part;
  const change = height * width < one.height * one.width ? "shrunk" : "refined";
  const [mmDown, mmAcross] = pixelMm(one);
  const [down, across] = [(mmDown * one.height) / height, (mmAcross * one.width) / width].map((mm) => fixed(mm, 2));
  const size = mmDown && mmAcross ? ` (${down === across ? across : `${across} x ${down}`} mm per pixel)` : "";
  return `${part}${whole ? "," : " of the slice"} ${change} to ${width} x ${height}${size}`;
}
