/* A link to the present view, and the snippets that embed it. */

import { find, findAll } from "./dom.js";

// Heights of an embedding from 800 pixels of width on: the first three fit whole, the others scroll within it.
/** @type {Record<string, number>} */
const HEIGHTS = { segment: 700, draw: 680, dice: 800, inside: 1000, learned: 900, playground: 1200, results: 900 };

export default class ShareView {
  /**
   * @param {HTMLElement} root
   * @param {import("./page.js").Page} page
   * @param {{gradio: string, target: string}} data  The version of Gradio's web component, and the organ.
   */
  constructor(root, { store, address }, { gradio, target }) {
    this.root = root;
    this.store = store;
    this.address = address;
    this.gradio = gradio;
    this.target = target;
    const details = find(root, "details");
    for (const event of ["toggle", "pointerenter", "focusin", "change"]) details.addEventListener(event, () => this.fill());
    for (const button of findAll(root, "[data-copy]", HTMLButtonElement)) {
      button.addEventListener("click", () => this.copy(button.value));
    }
    this.fill();
  }

  /** @param {boolean} embed */
  link(embed) {
    const theme = find(this.root, ".theme", HTMLSelectElement).value;
    return this.address.with({ __theme: null, theme: theme || null, embed: embed ? "1" : null });
  }

  /** @returns {Record<string, string>} */
  snippets() {
    const src = this.link(find(this.root, ".bare", HTMLInputElement).checked);
    const height = HEIGHTS[this.store.state.tab];
    return {
      link: this.link(false),
      iframe: `<iframe src="${attribute(src)}"\n  width="100%" height="${height}" style="border:0"\n`
        + `  title="Find the ${attribute(this.target)}" loading="lazy"></iframe>`,
      notebook: `from IPython.display import IFrame\n\nIFrame("${src}", width="100%", height=${height})`,
      component: "<script type=\"module\"\n"
        + `  src="https://gradio.s3-us-west-2.amazonaws.com/${this.gradio}/gradio.js"></script>\n`
        + `<gradio-app src="${this.address.home}"></gradio-app>`,
    };
  }

  fill() {
    const snippets = this.snippets();
    for (const place of findAll(this.root, "textarea", HTMLTextAreaElement)) place.value = snippets[place.name];
    find(this.root, ".copied").textContent = "";
  }

  /** @param {string} name */
  async copy(name) {
    const text = this.snippets()[name];
    try {
      await navigator.clipboard.writeText(text);
      find(this.root, ".copied").textContent = "Copied.";
    } catch { // an embedding page may forbid it
      find(this.root, ".copied").textContent = `This browser does not let the page copy. Here it is: ${text}`;
    }
  }
}

/**
 * A text as the value of an attribute in HTML.
 * @param {string} text
 */
const attribute = (text) => text.replaceAll("&", "&amp;").replaceAll("\"", "&quot;").replaceAll("<", "&lt;");
