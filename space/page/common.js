/* What the parts of the page share: pixels, scores, the address. Nothing here knows of Gradio. */

// Okabe and Ito's palette, as in space/drawing.py: told apart with any form of colour blindness.
const PREDICTION = [86, 180, 233];
const REFERENCE = [213, 94, 0];
const EXTRA = [240, 228, 66];

// Pixels are written as 32-bit words; every platform with a browser is little-endian: ABGR.
const word = ([r, g, b], a = 255) => ((a << 24) | (b << 16) | (g << 8) | r) >>> 0;
const clamp = (value, low, high) => Math.min(high, Math.max(low, value));

/* Decode a PNG data URL to one byte a pixel. No fetch(): it would count as a request to the server. */
async function decodePng(url) {
  const text = atob(url.slice(url.indexOf(",") + 1));
  const bytes = Uint8Array.from(text, (c) => c.charCodeAt(0));
  const bitmap = await createImageBitmap(new Blob([bytes], { type: "image/png" }), {
    colorSpaceConversion: "none",
    premultiplyAlpha: "none",
  });
  const { width, height } = bitmap;
  const context = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
  context.drawImage(bitmap, 0, 0);
  bitmap.close();
  const words = new Uint32Array(context.getImageData(0, 0, width, height).data.buffer);
  return { width, height, grey: Uint8Array.from(words, (w) => w & 255) };
}

/* For each pixel the lowest of its four neighbours, 0 beyond the edge. A pixel lies on the outline of
   'value >= t' exactly when low < t <= value: no search for edges while a slider moves. */
function lowestNeighbour(values, width, height) {
  const low = new Uint8Array(values.length);
  for (let y = 1; y < height - 1; y++) {
    for (let x = 1; x < width - 1; x++) {
      const i = y * width + x;
      low[i] = Math.min(values[i - 1], values[i + 1], values[i - width], values[i + width]);
    }
  }
  return low;
}

/* The scores of space/metrics.py: NaN where there is nothing to divide by. */
function scoresOf(tp, fp, fn) {
  return {
    dice: (2 * tp) / (2 * tp + fp + fn),
    iou: tp / (tp + fp + fn),
    precision: tp / (tp + fp),
    recall: tp / (tp + fn),
  };
}

/* Count a prediction against a reference; both hold a value for each pixel, 0 for background. */
function countPixels(prediction, reference) {
  let [tp, fp, fn] = [0, 0, 0];
  for (let i = 0; i < prediction.length; i++) {
    if (prediction[i] && reference[i]) tp++;
    else if (prediction[i]) fp++;
    else if (reference[i]) fn++;
  }
  return { tp, fp, fn };
}

const shownScore = (value) => (Number.isNaN(value) ? "n/a" : value.toFixed(3));

/* Put a score into an element, with all its digits beside it. */
function putScore(cell, value) {
  cell.textContent = shownScore(value);
  cell.dataset.value = String(value);
}

// A pixel counts from value / 255 >= threshold on: the smallest such level (as preprocessing.threshold_level).
const levelOf = (threshold) => clamp(Math.ceil(threshold * 255 - 1e-6), 0, 255);

/* The page's address holds its state, so that a link or an embedding opens the same view. */
const recalled = (name) => new URLSearchParams(window.location.search).get(name);

function remember(values) {
  const url = new URL(window.location.href);
  for (const [name, value] of Object.entries(values)) {
    if (value === null) url.searchParams.delete(name);
    else url.searchParams.set(name, value);
  }
  window.history.replaceState(window.history.state, "", url);
}
