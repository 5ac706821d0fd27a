/* What the address says of the whole page: ?theme=light|dark; ?embed=1 for one tab without what is around it; and
   ?hide=NAME,NAME for controls that are not wanted. A control is whatever has the name in its attribute data-control. */

import { Address } from "./address.js";
import { made } from "./dom.js";

/**
 * The names that the address hides. Unknown ones hide nothing.
 * @param {Address} address
 */
export const hidden = (address) => (address.get("hide") ?? "").split(",").filter((name) => /^[a-z-]+$/.test(name));

/** @param {Address} address */
export const alone = (address) => address.get("embed") === "1";

/** Dress the page, also before the framework has drawn anything. */
export function dress(address = new Address()) {
  const theme = address.get("theme");
  if (theme === "light" || theme === "dark") document.body.classList.toggle("dark", theme === "dark");
  document.documentElement.classList.toggle("embed", alone(address));
  document.documentElement.classList.toggle("framed", window.parent !== window);
  // a rule, because a control may be drawn later; and what holds nothing else goes too, with the gap around it
  const rules = hidden(address).map((name) => {
    const control = `[data-control="${name}"]`;
    return `${control}, .block:has(> .html-container > * > ${control}:only-child) { display: none !important; }`;
  });
  document.addEventListener("click", leadOut);
  document.querySelector("style.hides")?.remove();
  document.head.append(made("style", { class: "hides" }, rules.join("\n")));
}

/**
 * The link below an embedded tab leads to the same view with all that is around it.
 * @param {Event} event
 */
function leadOut({ target }) {
  const link = target instanceof Element ? target.closest("#embedded-note a") : null;
  if (!(link instanceof HTMLAnchorElement)) return;
  const url = new URL(location.href);
  url.searchParams.delete("embed");
  link.href = url.href;
}

/**
 * Whether a part is left out: it stands around the one tab that is shown, or all of it is hidden.
 * @param {HTMLElement} root
 * @param {Address} address
 */
export function leftOut(root, address) {
  const control = root.firstElementChild?.getAttribute("data-control");
  return (alone(address) && root.closest(".around") !== null) || (hidden(address).includes(control ?? ""));
}
