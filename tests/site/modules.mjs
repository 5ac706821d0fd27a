/* A module of the site that is asked for three times, of which the first time it does not come: what came, and how often it
   was loaded. */
import { loadPartsBy, moduleOf } from "../../space/page/engine/browser/parts.js";
import { print } from "./talk.mjs";

let loads = 0;
loadPartsBy(async () => {
  if (!loads++) throw new Error("cut off");
  return new TextEncoder().encode("export const name = 'grey';");
});
const came = [];
for (let i = 0; i < 3; i++) came.push(await moduleOf("decoders/grey.js").then(({ name }) => name, ({ message }) => message));
print({ came, loads });
