/* The page's readers as a process that is asked again and again: the facts in the first line, then a job a line; an answer
   a line. An error that is neither a question nor a refusal is an answer as well: {kind: "failed", said: its stack}. */
import { createInterface } from "node:readline";
import { done } from "./jobs.mjs";

let facts = null;
for await (const line of createInterface({ input: process.stdin })) {
  if (facts === null) {
    facts = JSON.parse(line);
    continue;
  }
  const before = performance.now();
  const found = await done(JSON.parse(line), facts).catch(({ stack }) => ({ kind: "failed", said: stack }));
  const seconds = (performance.now() - before) / 1000;
  const megabytes = process.memoryUsage().rss / 2 ** 20;
  process.stdout.write(`${JSON.stringify({ ...found, seconds, megabytes })}\n`);
}
process.exitCode = 0; // GDCM sets another one where a frame is damaged
