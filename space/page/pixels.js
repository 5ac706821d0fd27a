/* A slice ready for painting: what is computed once, and the colours of each way to show a prediction. */

// Heat: violet to pale yellow, lightness rising all the way (anchors of Matplotlib's inferno, as space/drawing.py).
const STOPS = [[0, 0, 4], [87, 16, 110], [188, 55, 84], [249, 142, 9], [252, 255, 164]];
const HEAT = Uint32Array.from({ length: 256 }, (_, level) => {
  const at = (level / 255) * (STOPS.length - 1);
  const i = Math.min(Math.floor(at), STOPS.length - 2);
  const mix = [0, 1, 2].map((c) => Math.round(STOPS[i][c] + (at - i) * (STOPS[i + 1][c] - STOPS[i][c])));
  return word(mix, Math.min(255, level * 3));
});
const [BLUE, RED] = [PREDICTION, REFERENCE].map((colour) => word(colour));
const [TINT, FOUND, TOO_MUCH, MISSED] = [word(PREDICTION, 90), word(PREDICTION, 190), word(EXTRA, 190), word(REFERENCE, 190)];

/* All that is computed once for a slice. */
function preparedSlice(slice, base, prob, truth) {
  const { width, height } = base;
  const code = new Uint16Array(width * height); // probability, + 256 inside the mask
  const above = new Uint32Array(256); // pixels at or above each level
  for (let i = 0; i < code.length; i++) {
    code[i] = prob.grey[i] | (truth && truth.grey[i] > 127 ? 256 : 0);
    above[prob.grey[i]]++;
  }
  for (let level = 254; level >= 0; level--) above[level] += above[level + 1];
  // some browsers add noise to pixels that a page reads back; the table knows the true counts
  const intact = !slice.table || slice.table.every(([tp, fp], level) => tp + fp === above[level]);
  const pixels = new ImageData(width, height);
  return {
    width, height, code, above, intact, pixels,
    base: base.grey,
    low: lowestNeighbour(prob.grey, width, height),
    table: slice.table,
    hu: slice.hu,
    out: new Uint32Array(pixels.data.buffer), // the same memory, one word a pixel
  };
}

function coloursOf(mode, level) {
  const table = new Uint32Array(512);
  for (let code = 0; code < 512; code++) {
    const [inside, truth] = [(code & 255) >= level, code > 255];
    if (mode === "fill") table[code] = inside ? TINT : 0;
    if (mode === "heat") table[code] = HEAT[code & 255];
    if (mode === "error") table[code] = inside ? (truth ? FOUND : TOO_MUCH) : truth ? MISSED : 0;
  }
  return table;
}

function valueAt(grey, hu) {
  if (!hu) return `grey ${grey}`;
  if (grey === 0) return `${hu[0]} HU or less`;
  if (grey === 255) return `${hu[1]} HU or more`;
  return `${Math.round(hu[0] + (grey * (hu[1] - hu[0])) / 255)} HU`;
}
