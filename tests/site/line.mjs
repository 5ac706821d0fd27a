/* What becomes of a question that is sent away or cut off: {put, look, seconds} in, what the page is told and how often it
   asked out. `put` and `look` are what the server answers, null for nothing; each request takes `seconds`. Waiting takes no
   time here: the clock is put forward. */
import { Line } from "../../space/page/engine/line.js";
import { given, print } from "./talk.mjs";

let now = 0;
performance.now = () => now;
globalThis.setTimeout = (then, milliseconds) => {
  now += milliseconds;
  queueMicrotask(then);
};

const { put, look, seconds } = await given();
const tickets = [];
const line = new Line(async () => look, () => {});
const answer = await line.pass(async (ticket) => {
  now += 1000 * seconds;
  return put[Math.min(tickets.push(ticket), put.length) - 1];
}, { shown: false });
print({ answer, asked: tickets.length, tickets: new Set(tickets).size, minutes: now / 60_000 });
