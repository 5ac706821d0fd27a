/* A link to the present view, and the snippets that embed it. */

import { find, findAll, made } from "./dom.js";
import { hidden } from "./dress.js";
import { Preview } from "./preview.js";

// what a page does that embeds some views: a frame gets the height that it tells, if it is the frame of that page
const HOST = `<script>addEventListener("message", ({ source, origin, data }) => {
  const frame = [...document.querySelectorAll("iframe")].find((one) => one.contentWindow === source);
  if (frame && origin === new URL(frame.src).origin && data.type === "embed-height") frame.height = data.height;
})</script>`;

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
    this.hides = new Set(hidden(address));
    this.details = find(root, "details", HTMLDetailsElement);
    this.preview = new Preview(find(root, ".preview"), () => this.write());
    for (const event of ["toggle", "pointerenter", "focusin", "change"]) {
      this.details.addEventListener(event, () => this.fill());
    }
    for (const button of findAll(root, "[data-copy]", HTMLButtonElement)) {
      button.addEventListener("click", () => this.copy(button.value));
    }
    store.subscribe(["tab"], () => this.fill());
  }

  get bare() {
    return find(this.root, ".bare", HTMLInputElement).checked;
  }

  /** @param {boolean} embed */
  link(embed) {
    return this.address.shared(this.view(embed)).replaceAll("%2C", ",");
  }

  /**
   * What the address of the present view says.
   * @param {boolean} embed
   * @returns {Record<string, string | null>}
   */
  view(embed) {
    const theme = find(this.root, ".theme", HTMLSelectElement).value;
    const hide = this.controls().filter((name) => this.hides.has(name)).join(",");
    const values = { __theme: null, theme: theme || null, embed: embed && this.bare ? "1" : null };
    return embed ? { ...values, hide: hide || null } : values;
  }

  /** @returns {string[]}  What can be hidden of what the embedding would show. */
  controls() {
    const shown = findAll(document, "[data-control]").filter((control) => {
      const panel = control.closest(".tab-panel");
      return (!panel || panel.id === `panel-${this.store.state.tab}`) && !(this.bare && control.closest(".around"));
    });
    return [...new Set(shown.map(({ dataset }) => dataset.control ?? ""))];
  }

  /** @returns {Record<string, string>} */
  snippets() {
    const src = this.link(true);
    const { height } = this.preview;
    return {
      link: this.link(false),
      iframe: `<iframe src="${attribute(src)}"\n  width="100%" height="${height}" style="border:0"\n`
        + `  title="Find the ${attribute(this.target)}" loading="lazy"></iframe>`,
      host: HOST,
      notebook: `from IPython.display import IFrame\n\nIFrame("${src}", width="100%", height=${height})`,
      component: "<script type=\"module\"\n"
        + `  src="https://gradio.s3-us-west-2.amazonaws.com/${this.gradio}/gradio.js"></script>\n`
        + `<gradio-app src="${this.address.home}"></gradio-app>`,
    };
  }

  fill() {
    if (!this.details.open) return;
    find(this.root, ".copied").textContent = "";
    this.offerControls();
    this.preview.show(this.address.with(this.view(true)), Number(find(this.root, ".width", HTMLSelectElement).value));
    this.write();
  }

  write() {
    const { width, height } = this.preview;
    const snippets = this.snippets();
    for (const place of findAll(this.root, "textarea", HTMLTextAreaElement)) place.value = snippets[place.name];
    for (const button of findAll(this.root, "[data-copy]", HTMLButtonElement)) {
      button.disabled = !height && ["iframe", "notebook"].includes(button.value);
    }
    find(this.root, ".measured").textContent = height
      ? `Measured: at ${width} px of width this view is ${height} px high. So it looks:`
      : "The view is being measured.";
  }

  offerControls() {
    const names = this.controls();
    const place = find(this.root, ".hides");
    if (place.dataset.names === names.join()) return;
    place.dataset.names = names.join();
    for (const old of findAll(place, "label")) old.remove();
    place.append(...names.map((name) => {
      const box = made("input", { type: "checkbox", value: name });
      box.checked = this.hides.has(name);
      box.addEventListener("input", () => { this.hides[box.checked ? "add" : "delete"](name); });
      return made("label", { class: "check" }, box, name.replaceAll("-", " "));
    }));
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
