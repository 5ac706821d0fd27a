/* The best, the median and the worst example: the network looks at them when their tab is first opened. */

import { Refused } from "./engine/port.js";
import { find, made, say } from "./dom.js";

export default class Pictures {
  /**
   * @param {HTMLElement} root
   * @param {import("./page.js").Page} page
   */
  constructor(root, { engine }) {
    this.root = root;
    engine.ranked().then((ranked) => this.show(ranked), (error) => {
      if (!(error instanceof Refused)) throw error;
      this.show({ problem: error.message, pictures: [] });
    });
  }

  /** @param {import("./engine/port.js").Ranked} ranked */
  show({ problem, pictures }) {
    say(find(this.root, ".waiting"), problem);
    const row = find(this.root, ".row");
    row.hidden = Boolean(problem);
    row.replaceChildren(...pictures.map(({ title, caption, url, alt }) => made("figure", {},
      made("img", { src: url, alt }), made("figcaption", {}, made("b", {}, title), ` ${caption}`))));
  }
}
