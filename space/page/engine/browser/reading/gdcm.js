/* Compressed pixels of a DICOM frame -> the numbers that were compressed, by GDCM (space/site/decoders.js).

   GDCM is given a file of its own: the frame, how its pixels are stored, and nothing else. So it can turn no values upside
   down (MONOCHROME1), rescale none, and learns nothing about the patient. */

import { Refused } from "../../port.js";
import { moduleOf, part } from "../parts.js";
import { joined } from "./bytes.js";

/**
 * @typedef {object} Stored  How pixels are stored (PS3.3, C.7.6.3).
 * @property {string} syntax  The transfer syntax.
 * @property {number} rows
 * @property {number} columns
 * @property {number} allocated  Bits of a pixel.
 * @property {number} used  Of them.
 * @property {boolean} signed
 */

const NO_DECODER = "This browser could not run the program that unpacks compressed DICOM: please try a current Chrome, "
  + "Edge, Firefox or Safari, or export the series uncompressed.";
const COMPLAINT = /^(?!.*extraneous bytes).+/m; // these lie between the parts of a frame, and do no harm
const FILE = "/frame";
const OUTPUT = 1; // the image; 0 says whether it is one
const COPY_OF_A_SCREEN = "1.2.840.10008.5.1.4.1.1.7"; // the class of images whose values are what is stored
const ITEM = 0xfffee000, END = 0xfffee0dd, UNDEFINED = 0xffffffff;

/** @type {any} */
let gdcm = null;

/**
 * @param {Uint8Array} frame
 * @param {Stored} stored
 * @returns {Promise<Uint8Array<ArrayBuffer>>}  Row by row, little-endian; as many bytes a pixel as `stored` says.
 */
export async function decoded(frame, stored) {
  gdcm ??= await started();
  try {
    gdcm.fs_writeFile(FILE, fileOf(frame, stored));
    gdcm.resetModuleStdout();
    gdcm.resetModuleStderr();
    const stack = gdcm.stackSave(); // its arguments would fill it, frame by frame
    const failed = gdcm.callMain([FILE, "0", String(OUTPUT), "--memory-io"]);
    gdcm.stackRestore(stack);
    // it gives what it has of a damaged frame, and complains
    if (failed || COMPLAINT.test(gdcm.getModuleStderr())) throw new Error("GDCM cannot read it");
    return taken(stored);
  } catch (error) {
    gdcm = null; // after a fault its memory is in an unknown state
    throw error;
  }
}

async function started() {
  try {
    const [{ default: start }, program] = await Promise.all([moduleOf("decoders/gdcm.js"), part("decoders/gdcm.wasm")]);
    return await start({ wasmBinary: program, locateFile: (/** @type {string} */ name) => name });
  } catch (error) {
    throw error instanceof Refused ? error : new Refused(NO_DECODER);
  }
}

/** @param {Stored} stored */
function taken({ rows, columns, allocated, signed }) {
  /** @type {(what: string, ...more: number[]) => number} */
  const asked = (what, ...more) => {
    const numbers = [0, OUTPUT, ...more];
    return gdcm.ccall(`itk_wasm_output_${what}`, "number", numbers.map(() => "number"), numbers) >>> 0;
  };
  const { imageType, size } = JSON.parse(gdcm.UTF8ToString(asked("json_address")));
  const sound = imageType.componentType === `${signed ? "" : "u"}int${allocated}` && imageType.components === 1
    && size[0] === columns && size[1] === rows && size.slice(2).every((/** @type {number} */ one) => one === 1);
  const count = asked("array_size", 0);
  if (!sound || count !== (rows * columns * allocated) / 8) throw new Error("GDCM found other pixels");
  const at = asked("array_address", 0);
  return gdcm.HEAPU8.slice(at, at + count);
}

/**
 * @param {Uint8Array} frame
 * @param {Stored} stored
 */
function fileOf(frame, { syntax, rows, columns, allocated, used, signed }) {
  const meta = [uid(0x00020002, COPY_OF_A_SCREEN), uid(0x00020003, "1.2.3"), uid(0x00020010, syntax)];
  const length = meta.reduce((sum, one) => sum + one.length, 0);
  const even = frame.length + (frame.length % 2);
  return joined([
    new Uint8Array(128), text("DICM"), element(0x00020000, "UL", numbers(4, length)), ...meta,
    uid(0x00080016, COPY_OF_A_SCREEN), uid(0x00080018, "1.2.3"),
    short(0x00280002, 1), element(0x00280004, "CS", text("MONOCHROME2 ")), short(0x00280010, rows),
    short(0x00280011, columns), short(0x00280100, allocated), short(0x00280101, used), short(0x00280102, used - 1),
    short(0x00280103, Number(signed)),
    tag(0x7fe00010), text("OB\0\0"), numbers(4, UNDEFINED), tag(ITEM), numbers(4, 0),
    tag(ITEM), numbers(4, even), frame, new Uint8Array(even - frame.length), tag(END), numbers(4, 0),
  ]);
}

/** @type {(at: number, value: string) => Uint8Array} */
const uid = (at, value) => element(at, "UI", text(value.length % 2 ? `${value}\0` : value));

/** @type {(at: number, value: number) => Uint8Array} */
const short = (at, value) => element(at, "US", numbers(2, value));

/** @type {(at: number, vr: string, value: Uint8Array) => Uint8Array} */
const element = (at, vr, value) => joined([tag(at), text(vr), numbers(2, value.length), value]);

/** @type {(at: number) => Uint8Array} */
const tag = (at) => joined([numbers(2, at >>> 16), numbers(2, at & 0xffff)]);

/** @type {(value: string) => Uint8Array} */
const text = (value) => new TextEncoder().encode(value);

/** @type {(bytes: number, value: number) => Uint8Array}  Little-endian. */
const numbers = (bytes, value) => Uint8Array.from({ length: bytes }, (_, i) => (value >>> (8 * i)) & 255);
