/* What the page's readers make of files: {facts, files: [{path, what, label, values}]} in, [{kind, said, ...}] out. */
import fs from "node:fs";
import { basename } from "node:path";
import { Refused } from "../../space/page/engine/port.js";
import { checkPicture } from "../../space/page/engine/browser/reading/kinds.js";
import { readMask } from "../../space/page/engine/browser/reading/mask.js";
import { readSlice } from "../../space/page/engine/browser/reading/picture.js";
import { Question } from "../../space/page/engine/browser/reading/question.js";
import "./parts.mjs";
import { given, packed, print } from "./talk.mjs";

const { facts, files } = await given();

async function read({ path, what, values, label }) {
  const file = new File([fs.readFileSync(path)], basename(path));
  await checkPicture(file, facts.marks);
  if (what === "slice") {
    const { hu, width, height, inHu, reading, notes, name } = await readSlice(file, values, facts);
    return { kind: "read", said: notes.join(" "), hu: packed(hu), width, height, inHu, reading, name };
  }
  const { organ, notes } = await readMask(file, facts.target, facts.shape, label);
  return { kind: "read", said: notes.join(" "), organ: packed(organ) };
}

const found = [];
for (const file of files) {
  try {
    found.push(await read(file));
  } catch (error) {
    if (error instanceof Question) {
      found.push({ kind: "asked", said: error.message, choices: error.choices, argument: error.argument });
    } else if (error instanceof Refused) found.push({ kind: "refused", said: error.message });
    else throw error;
  }
}
print(found);
