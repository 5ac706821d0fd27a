/* Words of a name that are about anatomy: whatever else it holds may be about the patient. As in space/anatomy.py. */

/**
 * @typedef {object} Anatomy
 * @property {string[]} known  Words.
 * @property {Record<string, string>} same  Those that mean another one.
 * @property {Record<string, string>} codes  Names of structures, by the scheme and value of their code.
 * @property {Record<string, string>} sides
 */

/**
 * 'Kidney_LEFT (Dr. Smith)' gives 'kidney', 'left'.
 * @param {string} text
 * @param {string} target  A structure whose words are known, too.
 * @param {Anatomy} anatomy
 */
export function wordsOf(text, target, { known, same }) {
  const all = new Set([...known, ...words(target, same)]);
  return [...new Set(words(text, same))].filter((word) => all.has(word));
}

/** @type {(text: string, same: Record<string, string>) => string[]} */
function words(text, same) {
  const apart = text.replace(/([a-z])([A-Z])/g, "$1 $2").toLowerCase();
  return (apart.match(/\p{L}+/gu) ?? []).map((word) => (Object.hasOwn(same, word) ? same[word] : word));
}
