/* What the page makes of several pictures: {facts, asked: [{paths, what, values, order, grid}]} in, an answer each out. */
import fs from "node:fs";
import { basename } from "node:path";
import { Refused } from "../../space/page/engine/port.js";
import { Question } from "../../space/page/engine/browser/reading/question.js";
import { readPictureLabels, readPictureVolume } from "../../space/page/engine/browser/reading/stack.js";
import "./parts.mjs";
import { given, print } from "./talk.mjs";

const { facts, asked } = await given();

async function answer({ paths, what, values, order, grid }) {
  const pictures = paths.map((path) => ({ name: basename(path), data: new Uint8Array(fs.readFileSync(path)) }));
  if (what === "slices") return readPictureVolume(pictures, values, order, facts);
  const { volume, members, present, names, notes } = await readPictureLabels(pictures, grid, order);
  return {
    ...volume, notes, members: Object.fromEntries(members), present: Object.fromEntries(present),
    names: Object.fromEntries(names),
  };
}

const answers = [];
for (const one of asked) {
  try {
    answers.push(await answer(one));
  } catch (error) {
    if (error instanceof Question) answers.push({ asked: error.message, about: error.argument, choices: error.choices });
    else if (error instanceof Refused) answers.push({ refused: error.message });
    else throw error;
  }
}
print(answers);
