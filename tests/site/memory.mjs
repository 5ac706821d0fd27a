/* Which errors, by what they say, are told as a lack of memory. */
import { isTooMuch } from "../../space/page/engine/browser/reading/guard.js";
import { given, print } from "./talk.mjs";

print((await given()).map((said) => isTooMuch(new Error(said))));
