/* A file can be understood in several ways: thrown by readers, and given to the page with the wish that it belongs to. */

export class Question extends Error {
  /**
   * @param {string} text
   * @param {"label" | "values" | "order"} argument  What of the wish the answer belongs to.
   * @param {{value: string, words: string}[]} choices
   */
  constructor(text, argument, choices) {
    super(text);
    this.argument = argument;
    this.choices = choices;
  }
}
