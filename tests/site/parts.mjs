/* Gives the page's readers the decoders that a site carries beside it. */
import { loadPartsBy } from "../../space/page/engine/browser/parts.js";
import { decoders } from "../../space/site/decoders.js";

const parts = decoders();
loadPartsBy(async (name) => (await parts)[name.replace(/\.gz$/, "")]);
