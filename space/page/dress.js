/* What the address says of the whole page: ?theme=light|dark, and ?embed=1 for one tab without the rest. */

/** @param {import("./address.js").Address} address */
export function dress(address) {
  const theme = address.get("theme");
  if (theme === "light" || theme === "dark") document.body.classList.toggle("dark", theme === "dark");
  document.documentElement.classList.toggle("embed", address.get("embed") === "1");
}
