/* Distances between masks: [{masks, shape, spacing}] in, what surfaceDistances says out. */
import { surfaceDistances } from "../../space/page/engine/browser/surfaces.js";
import { given, print } from "./talk.mjs";

print((await given()).map(({ masks, shape, spacing }) => (
  surfaceDistances(...masks.map((mask) => Uint8Array.from(mask)), shape, spacing))));
