/* What there is to see and to know of a whole volume, below the slice in view; nothing of it for a single slice. */

import { Along } from "./along.js";
import { Cuts } from "./cuts.js";
import { find } from "./dom.js";
import { Survey } from "./survey.js";
import { Whole } from "./whole.js";

export default class Volume {
  /**
   * @param {HTMLElement} root
   * @param {import("./page.js").Page} page
   */
  constructor(root, page) {
    const form = find(root, "form", HTMLFormElement);
    form.addEventListener("submit", (event) => event.preventDefault());
    page.store.subscribe(["opened"], ({ opened }) => {
      form.classList.toggle("is-open", Boolean(opened && opened.places > 1));
      form.classList.toggle("has-mask", Boolean(opened?.mask));
    });
    const survey = new Survey(page); // first: the others look at what it knows of the case that is open
    new Cuts(find(root, ".cuts"), page);
    new Along(find(root, ".along"), page);
    new Whole(find(root, ".whole"), page, survey);
  }
}
