/* The playground on a page of its own, from any server of static files; the folder `page` lies beside its own. */

import { Address } from "../page/address.js";
import { dress } from "../page/dress.js";
import { find } from "../page/dom.js";
import Playground from "./page/part.js";

const address = new Address();
if (!address.get("theme")) {
  document.body.classList.toggle("dark", window.matchMedia("(prefers-color-scheme: dark)").matches);
}
dress(address);
new Playground(find(document, "main"), { address });
