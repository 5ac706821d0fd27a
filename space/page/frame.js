/* In a frame of another page: tells that page how high the view is, so that it can make the frame as high. */

const PATIENCE = 500; // ms that the host has to follow
const PAUSE = 100; // ms between a change and the look at what it did

let told = 0;
/** @type {number | undefined} */
let pending;

/** Tell it now and whenever it changes; nothing, where the page is in no frame. */
export function tellHeight() {
  if (window.parent === window) return;
  new ResizeObserver(tell).observe(document.body);
  // a browser lets the first observer sleep while the frame is off the screen
  new MutationObserver(() => { pending ??= setTimeout(tell, PAUSE); })
    .observe(document.body, { subtree: true, childList: true, attributes: true, characterData: true });
  window.addEventListener("resize", fit);
}

function tell() {
  pending = undefined;
  const height = Math.ceil(document.body.getBoundingClientRect().height);
  if (height === told) return;
  told = height;
  window.parent.postMessage({ type: "embed-height", height }, "*"); // a number, for whoever embeds the page
  setTimeout(fit, PATIENCE);
}

/* A scroll bar makes the page narrower, and then lower: without this, one would stay for good in a frame that follows. */
function fit() {
  document.documentElement.classList.toggle("fits", window.innerHeight >= told);
}
