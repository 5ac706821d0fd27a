/* The normal numbers that NumPy's generator gives for the seed 0, so that noise is the same here and in Python.

   M. E. O'Neill, PCG: a family of simple fast space-efficient statistically good algorithms for random number generation,
   2014 (the generator, PCG XSL RR 128/64); G. Marsaglia, W. W. Tsang, The ziggurat method for generating random variables,
   J. Stat. Soft. 5(8), 2000 (from whole numbers to normal ones). */

const [WHOLE, HALF] = [(1n << 128n) - 1n, (1n << 64n) - 1n];
const FACTOR = 47026247687942121848144207491837523525n;
const STEP = 87136372517582989555478159403783844777n;
const START = 35399562948360463058890781895381311971n; // what NumPy makes of the seed 0
const STRIPS = 256;
const [EDGE, AREA] = [3.6541528853610088, 0.00492867323399]; // where the tail begins, and what each strip holds
const UNIT = 2 ** 52;

/** Whole numbers of 64 bits, one after another. */
class Pcg64 {
  constructor() {
    this.state = START;
  }

  next() {
    this.state = (this.state * FACTOR + STEP) & WHOLE;
    const mixed = (this.state >> 64n) ^ (this.state & HALF);
    const turn = this.state >> 122n;
    return ((mixed >> turn) | (mixed << (64n - turn))) & HALF;
  }

  /** A number from 0 to 1. */
  share() {
    return Number(this.next() >> 11n) / 2 ** 53;
  }
}

/** The strips under the normal curve: how wide they are, what lies surely below the curve, and how high it is there. */
function strips() {
  const [width, sure, height] = [new Float64Array(STRIPS), new Float64Array(STRIPS), new Float64Array(STRIPS)];
  /** @param {number} x */
  const curve = (x) => Math.exp(-0.5 * x * x);
  const base = AREA / curve(EDGE);
  [width[0], sure[0], height[0]] = [base / UNIT, Math.floor((EDGE / base) * UNIT), 1];
  [width[STRIPS - 1], height[STRIPS - 1]] = [EDGE / UNIT, curve(EDGE)];
  let x = EDGE;
  for (let i = STRIPS - 2; i > 0; i--) {
    const inner = Math.sqrt(-2 * Math.log(AREA / x + curve(x)));
    sure[i + 1] = Math.floor((inner / x) * UNIT);
    [width[i], height[i]] = [inner / UNIT, curve(inner)];
    x = inner;
  }
  return { width, sure, height };
}

/** @param {Pcg64} random */
function beyondTheEdge(random) {
  for (;;) {
    const x = -Math.log1p(-random.share()) / EDGE;
    const y = -Math.log1p(-random.share());
    if (y + y > x * x) return EDGE + x;
  }
}

/** @type {(random: Pcg64, table: ReturnType<typeof strips>) => number} */
function normal(random, { width, sure, height }) {
  for (;;) {
    const drawn = random.next();
    const strip = Number(drawn & 255n);
    const part = Number((drawn >> 9n) & 0xfffffffffffffn);
    const x = (drawn & 256n ? -1 : 1) * part * width[strip];
    if (part < sure[strip]) return x;
    if (strip === 0) return ((drawn >> 17n) & 1n ? -1 : 1) * beyondTheEdge(random);
    const at = (height[strip - 1] - height[strip]) * random.share() + height[strip];
    if (at < Math.exp(-0.5 * x * x)) return x;
  }
}

let known = new Float64Array(0);

/**
 * The first normal numbers.
 * @param {number} count
 */
export function normals(count) {
  if (known.length < count) {
    const [random, table] = [new Pcg64(), strips()];
    known = Float64Array.from({ length: count }, () => normal(random, table));
  }
  return known.subarray(0, count);
}
