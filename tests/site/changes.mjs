/* A slice changed by the page: {facts, slice: {pixels, mask, width, height}, wishes: [[name, strength]]} in, slices out. */
import { changed } from "../../space/page/engine/browser/broken.js";
import { Refused } from "../../space/page/engine/port.js";
import { given, print } from "./talk.mjs";

const { facts, slice, wishes } = await given();
const { width, height } = slice;
const [pixels, mask] = [slice.pixels, slice.mask].map((text) => new Uint8Array(Buffer.from(text, "base64")));

print(wishes.map(([name, strength]) => {
  try {
    return changed({ pixels, mask, width, height }, name, strength, facts);
  } catch (error) {
    if (error instanceof Refused) return { refused: error.message };
    throw error;
  }
}));
