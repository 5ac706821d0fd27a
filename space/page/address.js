/* The page's address: it holds the view, so that a link or an embedding opens the same one. Nobody else reads or writes it.

   tab, lesson, step, case, threshold, mode, opacity, mask, level, cut, operation, shapes, outlines, curves, split, change,
   strength, engine=browser; play-... of the playground (../playground/page/link.js); and, which the page does not write,
   theme=light|dark, embed=1 and hide=NAME,NAME (dress.js). A slice of one's own is not in it. */

export class Address {
  /**
   * What it says of something; null if nothing.
   * @param {string} name
   * @returns {string | null}
   */
  get(name) {
    return new URLSearchParams(window.location.search).get(name);
  }

  /**
   * Keep values in it; null takes one out.
   * @param {Record<string, string | null>} values
   */
  set(values) {
    window.history.replaceState(window.history.state, "", this.with(values));
  }

  /**
   * The address of this view, with values changed; null takes one out.
   * @param {Record<string, string | null>} values
   * @returns {string}
   */
  with(values) {
    const url = new URL(window.location.href);
    for (const [name, value] of Object.entries(values)) {
      if (value === null) url.searchParams.delete(name);
      else url.searchParams.set(name, value);
    }
    return url.href;
  }

  /**
   * The same for others: a page without a server may have been told where it stands for them.
   * @param {Record<string, string | null>} values
   * @returns {string}
   */
  shared(values) {
    return this.home + new URL(this.with(values)).search;
  }

  /** @returns {string} Where the page is for others, without any view. */
  get home() {
    const told = document.querySelector("link[rel=canonical]");
    return told instanceof HTMLLinkElement ? told.href : window.location.origin + window.location.pathname;
  }
}
