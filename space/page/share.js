/* A link to the present view, and the snippets that embed it. show({gradio}): the version of Gradio's web component. */

// Heights of an embedding from 800 pixels of width on: the first three fit whole, the others scroll within it.
const HEIGHTS = { segment: 700, draw: 680, dice: 800, inside: 1000, learned: 900, results: 900 };

class ShareView {
  constructor(root) {
    this.root = root;
    this.find = (selector) => root.querySelector(selector);
    this.gradio = "";
    for (const event of ["toggle", "pointerenter", "focusin", "change"]) {
      this.find("details").addEventListener(event, () => this.fill());
    }
    this.find("details").addEventListener("click", (event) => {
      if (event.target.dataset.copy) this.copy(event.target.dataset.copy);
    });
  }

  show({ gradio }) {
    this.gradio = gradio;
    this.fill();
  }

  address(embed) {
    const url = new URL(window.location.href);
    url.searchParams.delete("__theme");
    const theme = this.find(".theme").value;
    if (theme) url.searchParams.set("theme", theme);
    else url.searchParams.delete("theme");
    if (embed) url.searchParams.set("embed", "1");
    else url.searchParams.delete("embed");
    return url.href;
  }

  snippets() {
    const src = this.address(this.find(".bare").checked);
    const height = HEIGHTS[recalled("tab")] ?? HEIGHTS.segment;
    const root = window.location.origin + window.location.pathname;
    return {
      link: this.address(false),
      iframe: `<iframe src="${src.replaceAll("&", "&amp;")}"\n  width="100%" height="${height}" style="border:0"\n`
        + "  title=\"Find the pancreas\" loading=\"lazy\"></iframe>",
      notebook: `from IPython.display import IFrame\n\nIFrame("${src}", width="100%", height=${height})`,
      component: `<script type="module"\n  src="https://gradio.s3-us-west-2.amazonaws.com/${this.gradio}/gradio.js"></script>\n`
        + `<gradio-app src="${root}"></gradio-app>`,
    };
  }

  fill() {
    for (const [name, text] of Object.entries(this.snippets())) {
      const place = this.find(`[data-snippet=${name}]`);
      if (place) place.value = text;
    }
    this.find(".copied").textContent = "";
  }

  async copy(name) {
    const text = this.snippets()[name];
    try {
      await navigator.clipboard.writeText(text);
      this.find(".copied").textContent = "Copied.";
    } catch { // an embedding page may forbid it
      this.find(".copied").textContent = `This browser does not let the page copy. Here it is: ${text}`;
    }
  }
}
