/* The elements of DICOM files that are read, and their values by their VR (PS3.5, 6.2), as pydicom reads them.

   Only these elements are read. Nothing about the patient is among them, and no text of a file is ever shown. */

/** A value that makes no sense: `readDicom` and `readSeg` tell it in a sentence. */
export class Nonsense extends Error {}

/**
 * @typedef {number | string} Value  A number that cannot be read stays as it is written.
 */

/** Tag and VR, by keyword (PS3.6). */
const ELEMENTS = /** @type {Record<string, [number, string]>} */ ({
  FileMetaInformationGroupLength: [0x00020000, "UL"],
  MediaStorageSOPClassUID: [0x00020002, "UI"],
  TransferSyntaxUID: [0x00020010, "UI"],
  SpecificCharacterSet: [0x00080005, "CS"],
  ImageType: [0x00080008, "CS"],
  SOPClassUID: [0x00080016, "UI"],
  SOPInstanceUID: [0x00080018, "UI"],
  Modality: [0x00080060, "CS"],
  CodeValue: [0x00080100, "SH"],
  CodingSchemeDesignator: [0x00080102, "SH"],
  ReferencedSeriesSequence: [0x00081115, "SQ"],
  ReferencedInstanceSequence: [0x0008114a, "SQ"],
  ReferencedSOPInstanceUID: [0x00081155, "UI"],
  ReferencedFrameNumber: [0x00081160, "IS"],
  SourceImageSequence: [0x00082112, "SQ"],
  DerivationImageSequence: [0x00089124, "SQ"],
  SliceThickness: [0x00180050, "DS"],
  SpacingBetweenSlices: [0x00180088, "DS"],
  SeriesInstanceUID: [0x0020000e, "UI"],
  AcquisitionNumber: [0x00200012, "IS"],
  InstanceNumber: [0x00200013, "IS"],
  ImagePositionPatient: [0x00200032, "DS"],
  ImageOrientationPatient: [0x00200037, "DS"],
  FrameOfReferenceUID: [0x00200052, "UI"],
  TemporalPositionIdentifier: [0x00200100, "IS"],
  SliceLocation: [0x00201041, "DS"],
  PlanePositionSequence: [0x00209113, "SQ"],
  PlaneOrientationSequence: [0x00209116, "SQ"],
  SamplesPerPixel: [0x00280002, "US"],
  PhotometricInterpretation: [0x00280004, "CS"],
  PlanarConfiguration: [0x00280006, "US"],
  NumberOfFrames: [0x00280008, "IS"],
  Rows: [0x00280010, "US"],
  Columns: [0x00280011, "US"],
  PixelSpacing: [0x00280030, "DS"],
  BitsAllocated: [0x00280100, "US"],
  BitsStored: [0x00280101, "US"],
  HighBit: [0x00280102, "US"],
  PixelRepresentation: [0x00280103, "US"],
  PixelPaddingValue: [0x00280120, "US or SS"],
  PixelPaddingRangeLimit: [0x00280121, "US or SS"],
  RescaleIntercept: [0x00281052, "DS"],
  RescaleSlope: [0x00281053, "DS"],
  RescaleType: [0x00281054, "LO"],
  ModalityLUTSequence: [0x00283000, "SQ"],
  LUTDescriptor: [0x00283002, "US or SS"],
  LUTData: [0x00283006, "US or OW"],
  PixelMeasuresSequence: [0x00289110, "SQ"],
  PixelValueTransformationSequence: [0x00289145, "SQ"],
  SharedFunctionalGroupsSequence: [0x52009229, "SQ"],
  PerFrameFunctionalGroupsSequence: [0x52009230, "SQ"],
  SegmentationType: [0x00620001, "CS"],
  SegmentSequence: [0x00620002, "SQ"],
  SegmentNumber: [0x00620004, "US"],
  SegmentLabel: [0x00620005, "LO"],
  SegmentIdentificationSequence: [0x0062000a, "SQ"],
  ReferencedSegmentNumber: [0x0062000b, "US"],
  MaximumFractionalValue: [0x0062000e, "US"],
  SegmentedPropertyTypeCodeSequence: [0x0062000f, "SQ"],
  SegmentedPropertyTypeModifierCodeSequence: [0x00620011, "SQ"],
  ExtendedOffsetTable: [0x7fe00001, "OV"],
  ExtendedOffsetTableLengths: [0x7fe00002, "OV"],
  FloatPixelData: [0x7fe00008, "OF"],
  DoubleFloatPixelData: [0x7fe00009, "OD"],
  PixelData: [0x7fe00010, "OB or OW"],
});
const VRS = new Map(Object.values(ELEMENTS));
const TEXTS = ["AE", "AS", "CS", "DA", "DT", "LO", "LT", "PN", "SH", "ST", "TM", "UC", "UI", "UR", "UT"];
const LONGEST = 2 ** 20; // bytes of texts and numbers: each takes many times as much as a value
const BYTES = ["OB", "OD", "OF", "OL", "OV", "OW", "UN", "OB or OW", "US or OW", "US or SS"];
/** @typedef {[number, (view: DataView, at: number, little: boolean) => number]} Binary  Bytes of one, how it is read. */
/** @type {Record<string, Binary>} */
const BINARY = {
  FD: [8, (view, at, little) => view.getFloat64(at, little)],
  FL: [4, (view, at, little) => view.getFloat32(at, little)],
  SL: [4, (view, at, little) => view.getInt32(at, little)],
  SS: [2, (view, at, little) => view.getInt16(at, little)],
  UL: [4, (view, at, little) => view.getUint32(at, little)],
  US: [2, (view, at, little) => view.getUint16(at, little)],
};

/** @param {string} keyword */
export const tagOf = (keyword) => ELEMENTS[keyword][0];

/**
 * The VR of an element that is read.
 * @param {number} tag
 */
export const vrOf = (tag) => VRS.get(tag);

/**
 * The value of an element that is no sequence: one, several, bytes, or null where it is empty and no text.
 * @param {string} vr
 * @param {Uint8Array} bytes
 * @param {boolean} little
 * @param {string} coding  Of texts, as `decoded` takes it.
 * @returns {Value | Value[] | Uint8Array | null}
 */
export function valueOf(vr, bytes, little, coding) {
  const binary = BINARY[vr];
  if (!binary && ![...BYTES, ...TEXTS, "DS", "IS"].includes(vr)) throw new Error("an element has a VR that is not known");
  if (!bytes.length) return TEXTS.includes(vr) ? "" : null;
  if (BYTES.includes(vr)) return bytes;
  if (bytes.length > LONGEST) throw new Nonsense("an element has more than any value has");
  if (binary) return one(numbersIn(bytes, little, binary));
  const text = decoded(bytes, coding);
  if (vr === "DS") return one(parts(text.trim()).map(decimal));
  if (vr === "IS") return one(parts(text).map(integer));
  return one(vr === "UI" ? parts(text).map((uid) => uid.trim()) : parts(text));
}

/**
 * @param {Uint8Array} bytes
 * @param {string} coding  As `TextDecoder` calls it, or empty for ISO 8859-1, which it does not know.
 */
export function decoded(bytes, coding = "") {
  return coding ? new TextDecoder(coding).decode(bytes) : Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
}

/** @type {<T>(values: T[]) => T | T[]} */
const one = (values) => (values.length === 1 ? values[0] : values);

/** @param {string} text  Filled up to an even length. */
const parts = (text) => text.replace(/[ \0]+$/, "").split("\\");

/** @type {(bytes: Uint8Array, little: boolean, binary: Binary) => number[]} */
function numbersIn(bytes, little, [size, read]) {
  if (bytes.length % size) throw new Nonsense("a number has too few bytes");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return Array.from({ length: bytes.length / size }, (_, i) => read(view, i * size, little));
}

/** @type {(text: string) => Value} */
function decimal(text) {
  const bare = text.trim();
  if (/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(bare)) return Number(bare);
  if (/^[+-]?(inf|infinity)$/i.test(bare)) return bare.startsWith("-") ? -Infinity : Infinity;
  return /^[+-]?nan$/i.test(bare) ? NaN : text;
}

/** @type {(text: string) => Value} */
function integer(text) {
  const value = decimal(text);
  if (Math.abs(Number(value)) === Infinity) throw new Nonsense("a number is endless");
  return Number.isNaN(value) ? text : value;
}
