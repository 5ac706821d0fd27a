/* What went wrong, and what a file leaves open, above whatever tab is open. */

import { find, made, say } from "./dom.js";

/**
 * @param {HTMLElement} root
 * @param {import("./store.js").Store} store
 */
export function showNotices(root, store) {
  const form = find(root, "form.question", HTMLFormElement);
  const choice = find(form, "select", HTMLSelectElement);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    store.state.question?.answer(choice.value);
  });
  const without = find(form, ".without");
  without.addEventListener("click", () => store.state.question?.without?.());
  store.subscribe(["problem", "question"], ({ problem, question }) => {
    say(find(root, "p.notice"), problem);
    form.hidden = !question;
    without.hidden = !question?.without;
    find(form, ".asks").textContent = question?.text ?? "";
    choice.replaceChildren(...(question?.choices ?? []).map(({ value, words }) => made("option", { value }, words)));
  });
}
