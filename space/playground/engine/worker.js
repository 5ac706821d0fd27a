/* Trains in the background, so that the page stays quick. It reports when the page has drawn the last report. */

import { firstKernels, levelMaps } from "./inside.js";
import { readPeople } from "./people.js";
import { Trainer } from "./trainer.js";

/**
 * @typedef {import("./messages.js").Message} Message
 * @typedef {import("./messages.js").Answer} Answer
 */

const SHOWN = [2, 12, 21, 30]; // slices of validation, of four people
const EXAMPLES = 8;
const CHUNK = 40; // ms of training between two looks at the messages
const REPORT = 400; // ms between two reports
const MAPS = 8; // per level, at most

const loaded = load();
const channel = new MessageChannel(); // a turn of the event loop without setTimeout's pause
channel.port1.onmessage = turn;

/** @type {Trainer | null} */
let trainer = null;
let run = 0;
let playing = false;
let until = Infinity;
let [steps, busy] = [0, 0]; // of this run: how many, and the milliseconds that they took
let reported = 0;
let drawn = true;

/** @param {string} path */
async function bring(path) {
  const response = await fetch(new URL(path, import.meta.url), { cache: "no-cache" });
  if (!response.ok || !response.body) throw new Error(`${path} is not there (${response.status}).`);
  return { response, body: response.body };
}

async function load() {
  const [module, people] = await Promise.all([
    bring("ops.wasm").then(async ({ response }) => WebAssembly.compile(await response.arrayBuffer())),
    bring("../data/people.gzip").then(({ body }) => readPeople(body)),
  ]);
  return { module, people };
}

/** @param {Answer} answer */
const tell = (answer) => self.postMessage(answer);

self.addEventListener("message", async (/** @type {MessageEvent<Message>} */ { data: message }) => {
  try {
    const { module, people } = await loaded;
    if (message.type === "drawn") drawn = true;
    else if (message.type === "start") start(new Trainer(module, people, message.settings, message.changes), message);
    else if (trainer) obey(message, trainer);
  } catch (error) {
    tell({ type: "failed", text: String(error) });
  }
});

/**
 * @param {Trainer} made
 * @param {import("./messages.js").Start} message
 */
function start(made, message) {
  trainer = made;
  run = message.run;
  [steps, busy] = [0, 0];
  until = message.until ?? Infinity;
  trainer.evaluate(); // the curves begin at the untrained network
  tell({
    type: "started", run, parameters: trainer.net.size, stepsPerEpoch: trainer.stepsPerEpoch,
    slices: shown(trainer), examples: trainer.training.slice(0, EXAMPLES),
  });
  playing = message.play;
  report(trainer);
  if (playing) turn();
}

/**
 * @param {Exclude<Message, import("./messages.js").Start>} message
 * @param {Trainer} trainer
 */
function obey(message, trainer) {
  if (message.type === "rate") {
    trainer.change(message.rate);
    report(trainer);
  } else if (message.type === "play") {
    if (trainer.steps >= until) until = Infinity; // it paused there; now it goes on
    if (playing) return;
    playing = true;
    turn();
  } else {
    playing = false;
    if (message.type === "step") trainer.step();
    report(trainer);
  }
}

function turn() {
  if (!playing || !trainer) return;
  const begin = performance.now();
  while (performance.now() - begin < CHUNK && trainer.steps < until && !trainer.diverged) {
    trainer.step();
    steps++;
  }
  busy += performance.now() - begin;
  const done = trainer.steps >= until || trainer.diverged;
  if (done) playing = false;
  if (done || (drawn && performance.now() - reported > REPORT)) report(trainer);
  channel.port2.postMessage(0);
}

/** @param {Trainer} trainer */
const shown = (trainer) => SHOWN.map((number) => trainer.validation[number]);

/** @param {Trainer} trainer */
function report(trainer) {
  reported = performance.now();
  drawn = false;
  const { steps: step, epoch, rate, changes, diverged, curve, table, net } = trainer;
  const slices = shown(trainer);
  tell({
    type: "report", run, playing, step, epoch, rate, changes, diverged, curve, table, perStep: busy / steps,
    predictions: trainer.predict(slices), kernels: firstKernels(net), maps: levelMaps(net, slices[1], MAPS),
  });
}
