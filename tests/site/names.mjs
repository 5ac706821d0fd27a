/* What the page calls the kinds of TIFF. */
import { COLOURS, COMPRESSIONS } from "../../space/page/engine/browser/reading/tiff_names.js";
import { print } from "./talk.mjs";

print({ compressions: COMPRESSIONS, colours: COLOURS });
