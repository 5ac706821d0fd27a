/* What the parts may ask an engine, and what it answers. Parts know this file and no engine: the server (server.js) is one,
   a browser that runs the network itself can be another. */

/**
 * @typedef {{real: string, whole: boolean}} Real  A real case, by its patient's pseudonym: all of its slices, or a few.
 * @typedef {File[] | {example: string} | Real} Piece  A file of one's own, the files of a series, or what belongs to an
 *   example or to a real case.
 */
/**
 * @typedef {object} Source  Where a case comes from: enough to ask for it again.
 * @property {Piece} slice
 * @property {Piece | null} mask
 * @property {string} values  How the slice's values are read; 'auto' lets the reader decide.
 * @property {string | null} label  Which of the mask's structures is meant.
 * @property {string | null} order  Of several pictures: 'feet-first' or 'head-first'.
 * @property {number | null} place  Which slice of a volume, counted from 0 at the feet; null for the one with the
 *   most of the mask, or the middle one.
 * @property {number} turn  What is done to all slices: quarter turns clockwise; from 4 on, mirrored left to right first.
 */
/**
 * @typedef {object} Wish  What is to be opened: a source, or files of which the engine finds out what they are.
 * @property {Piece | null} slice
 * @property {Piece | null} mask
 * @property {File[]} files
 * @property {string} values
 * @property {string | null} label
 * @property {string | null} order
 * @property {number | null} place
 * @property {number} turn
 */
/**
 * @typedef {object} Opened  A segmented slice. Pixels are rows of one byte each.
 * @property {string} key  Equal for the same slice, read in the same way.
 * @property {string} stack  Equal for all slices of a case.
 * @property {string} name
 * @property {string | null} example  Its name if it is an example.
 * @property {Source} source
 * @property {number} width
 * @property {number} height
 * @property {number} place  Which slice it is, counted from 0 at the feet.
 * @property {number} places  Of how many.
 * @property {[number, number, number] | null} spacing  Millimetres between slices, rows and columns, if they are known.
 * @property {number | null} millilitres  The volume of a voxel, if it is known.
 * @property {Uint8Array} slice  Windowed grey levels.
 * @property {Uint8Array} probability  255 stands for 1.
 * @property {Uint8Array | null} mask  0 or 255.
 * @property {[number, number, number][] | null} table  Row t counts tp, fp and fn of 'probability >= t'.
 * @property {[number, number] | null} hu  The HU of the grey levels 0 and 255, if they are known.
 * @property {boolean} beyond  Whether its HU go beyond these, and can be had by `Engine.values`.
 * @property {boolean} oriented  Whether its file says where the patient's right is, and nobody has turned it.
 * @property {string[]} notes  How the files were understood.
 * @property {string} reading  The reading of the values that was taken; empty if there was nothing to choose.
 * @property {string} problem  What is wrong with the mask, if only the mask is at fault.
 * @property {"server" | "browser"} [by]  Who computed it, where there is a choice.
 */
/**
 * @typedef {object} Tiles  Maps or kernels side by side in one picture.
 * @property {string} url
 * @property {number} count
 * @property {number} columns
 * @property {number} rows
 * @property {number} height  Of one of them.
 * @property {number} width
 */
/**
 * @typedef {object} Operation  A step of a network.
 * @property {string} name  Its kind and a number.
 * @property {string} kind  'convolution', 'max pooling', ... (`space/model/wiring.py`).
 * @property {[number, number]} kernel  Rows and columns.
 * @property {number} stride
 * @property {number} before  Rows of 0 above its input, and columns on its left.
 */
/**
 * @typedef {object} Arrow  What flows from one point of the drawing to another; a skip connection has no operations.
 * @property {string} source  'slice', the name of a level, 'join LEVEL' or 'probability'.
 * @property {string} target
 * @property {Operation[]} operations
 */
/**
 * @typedef {object} Level
 * @property {string} name
 * @property {number} filters  Its maps.
 * @property {number} height  Of a map.
 * @property {number} width
 * @property {number[]} strongest  The maps that vary most over the slice, counted from 0.
 * @property {Tiles} picture  Of these.
 */
/**
 * @typedef {object} Look  What a level of a network sees in a slice, and what it finds without some skip connections.
 * @property {string} network  Empty for the page's own.
 * @property {Arrow[]} arrows  What leads to a point stands before what leaves it.
 * @property {Level[]} levels
 * @property {string} level
 * @property {number} skips  Its skip connections.
 * @property {number[]} cut  Those that are cut.
 * @property {boolean} stem  Whether the second level reads the slice itself.
 * @property {Tiles} grid
 * @property {(Tiles & {name: string})[]} kernels
 * @property {Uint8Array} probability
 * @property {{top: number, left: number, height: number, width: number}} field  What the network sees of the slice.
 * @property {[number, number]} seen  Its height and width in pixels of the network.
 */
/**
 * @typedef {object} MapPlane  A map, as the network has it.
 * @property {Float32Array} values  Row by row.
 * @property {number} width
 * @property {number} height
 * @property {number} number  Which map it is, counted from 0.
 * @property {number} count  Of how many.
 */
/**
 * @typedef {object} Histogram
 * @property {number[]} counts  Of numbers, in bars of the same width.
 * @property {number} low  Where the first bar begins.
 * @property {number} high  Where the last one ends.
 * @property {number} mean
 * @property {number} deviation  The standard deviation.
 */
/**
 * @typedef {object} Norm  What a normalisation does.
 * @property {number} together  How many maps it normalises together.
 * @property {Histogram} before  Of all that it normalises together.
 * @property {Histogram} after
 * @property {number | null} factor  What the numbers of this map are multiplied with; null if they are all the same.
 * @property {number | null} offset  What is added then.
 */
/**
 * @typedef {object} Passage  What passes through one operation of a network.
 * @property {string} name
 * @property {string} kind
 * @property {MapPlane} input  One of the maps that go in.
 * @property {MapPlane} output  One of the maps that come out.
 * @property {number[]} parts  How many maps go in; of a concatenation, from the skip connection and from below.
 * @property {number[][] | null} kernel  The weights between these two maps.
 * @property {number | null} bias  What is added to the output map.
 * @property {[number, number]} window  Rows and columns of its kernel, or of the window of a pooling.
 * @property {number} stride  By how much it moves; of a transposed convolution, by how much its patches lie apart.
 * @property {number} before  Rows of 0 above the input map, and columns on its left; of a transposed convolution, what is
 *   cut off there.
 * @property {Norm | null} norm
 */
/**
 * @typedef {Pick<Opened, "slice" | "probability" | "mask" | "table">} Broken  A changed slice; its mask is moved as it is.
 */
/**
 * @typedef {object} Ranked  Pictures of the best, the median and the worst example.
 * @property {string} problem
 * @property {{title: string, caption: string, url: string, alt: string}[]} pictures
 */
/**
 * @typedef {object} Plane  A volume cut along the body: rows from the head down to the feet, one for each slice.
 * @property {number} width
 * @property {number} height
 * @property {Uint8Array} slice  Windowed grey levels.
 * @property {Uint8Array} probability  0 on slices that the network has not seen yet.
 * @property {Uint8Array | null} mask  0 or 255.
 */
/**
 * @typedef {object} Distances  From surface to surface, in millimetres; null where one of them is empty or no size is known.
 * @property {number | null} hausdorff  The largest.
 * @property {number | null} hausdorff95  The 95th percentile.
 * @property {number | null} mean
 */
/**
 * @typedef {"png" | "nifti" | "seg" | "csv" | "json"} Kind  What can be taken home of a whole case: the predicted mask on
 *   its own grid, or the figures.
 */
/**
 * @typedef {{done: number, of: number, ready: boolean}} Fetched  Bytes that are there, of how many.
 */
/**
 * @typedef {object} Engine  Every question can end in a Refused, and `open` in an Asked.
 * @property {(wish: Wish) => Promise<Opened>} open
 * @property {(source: Source, places: number[]) => Promise<[number, number, number][][]>} tables  For each of some slices,
 *   what `Opened.table` has; without a mask every predicted pixel is counted as fp. The network runs on those slices that
 *   it has not seen yet.
 * @property {(source: Source, plane: "coronal" | "sagittal", at: number) => Promise<Plane>} plane  `at` is a row of the
 *   slices for a coronal plane, a column for a sagittal one.
 * @property {(source: Source) => Promise<Int16Array>} values  The HU of the slice at `source.place`.
 * @property {(source: Source, level: number) => Promise<Distances>} distances  Of the whole volume's prediction and mask.
 * @property {(source: Source, level: number, kind: Kind) => Promise<{name: string, bytes: Uint8Array}>} takeHome
 * @property {(source: Source, network: string, level: string, cut: number[]) => Promise<Look>} inside
 * @property {(source: Source, network: string, cut: number[], name: string, from: number | null, to: number | null) =>
 *   Promise<Passage>} operation  `from` and `to` are the maps wanted; null for those that tell most.
 * @property {(source: Source) => Promise<Record<string, Pick<Opened, "probability" | "table">>>} compare  What each further
 *   network finds on the slice, by its name.
 * @property {(source: Source, change: string, strength: number) => Promise<Broken>} broken  What the page's own network
 *   finds once the slice is changed, as `space/changes.py` changes it.
 * @property {() => Promise<Ranked>} ranked
 * @property {(real: Real, who: string) => Promise<Fetched>} fetchReal  Have a real case fetched, or hear how far it is: to
 *   be asked again until it is ready. `who` is a random word of one wish's own.
 * @property {(real: Real, who: string) => Promise<void>} leaveReal  Wait no longer for it.
 */

/** A sentence for the person at the screen: what is wrong and what to do. */
export class Refused extends Error {}

/** A file can be understood in several ways: the person has to say which. */
export class Asked extends Error {
  /**
   * @param {string} text
   * @param {"label" | "values" | "order"} argument  What of the wish the answer belongs to.
   * @param {{value: string, words: string}[]} choices
   * @param {Wish} wish  The wish, as far as it is understood.
   */
  constructor(text, argument, choices, wish) {
    super(text);
    this.argument = argument;
    this.choices = choices;
    this.wish = wish;
  }
}
