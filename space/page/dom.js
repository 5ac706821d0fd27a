/* Elements: found, made and listened to, with their types. */

/**
 * The element that a selector names; that it is there is part of the page's own HTML.
 * @template {Element} [T=HTMLElement]
 * @param {ParentNode} root
 * @param {string} selector
 * @param {new () => T} [type]
 * @returns {T}
 */
export function find(root, selector, type) {
  const found = root.querySelector(selector);
  if (!(found instanceof (type ?? HTMLElement))) throw new Error(`The page has no ${selector}.`);
  return /** @type {T} */ (/** @type {unknown} */ (found));
}

/**
 * All elements that a selector names.
 * @template {Element} [T=HTMLElement]
 * @param {ParentNode} root
 * @param {string} selector
 * @param {new () => T} [type]
 * @returns {T[]}
 */
export function findAll(root, selector, type) {
  const wanted = type ?? HTMLElement;
  return /** @type {T[]} */ ([...root.querySelectorAll(selector)].filter((found) => found instanceof wanted));
}

/**
 * An element with attributes and children; a text is a child, so that nothing from a file becomes HTML.
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Record<string, string>} [attributes]
 * @param {(Node | string)[]} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function made(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/**
 * Show a sentence where there is one, and nothing where there is none.
 * @param {HTMLElement} place
 * @param {string} sentence
 */
export function say(place, sentence) {
  if (place.textContent !== sentence) place.textContent = sentence; // the same again would be read again
  place.hidden = !sentence;
}

/**
 * What draws on a canvas.
 * @param {HTMLCanvasElement} canvas
 * @returns {CanvasRenderingContext2D}
 */
export function pen(canvas) {
  const context = canvas.getContext("2d");
  if (!context) throw new Error("This browser does not draw on a canvas.");
  return context;
}

/**
 * Scroll back to an element that was scrolled out of sight upwards.
 * @param {Element} element
 */
export function backInView(element) {
  if (element.getBoundingClientRect().bottom < 0) element.scrollIntoView();
}

/**
 * Go to what an address names further down. Not in a frame: the page around it would move too.
 * @param {Element} element
 */
export function arriveAt(element) {
  if (window.parent === window) element.scrollIntoView({ block: "start" });
}
