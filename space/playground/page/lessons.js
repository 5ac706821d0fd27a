/* The lessons: a question, runs that answer it, and the answer to unfold.

   The texts promise only what five seeds show: `node tests/playground/lessons.mjs` trains every run with each of them, and
   docs/playground.md has its table. */

/**
 * @typedef {object} Run
 * @property {string} button
 * @property {Partial<import("../engine/settings.js").Settings>} settings  What differs from the defaults.
 * @typedef {object} Lesson
 * @property {string} name
 * @property {string} title
 * @property {string} where  In the article.
 * @property {string} question
 * @property {Run[]} runs
 * @property {string} answer
 */

export const UNTIL = 240; // steps of a lesson's run: five epochs with 48 people

/** @type {Lesson[]} */
export const LESSONS = [
  {
    name: "epoch", title: "An epoch", where: "cell 5", question: "", answer: "",
    runs: [{ button: "48 people", settings: {} }],
  },
  {
    name: "overfitting", title: "Overfitting", where: "figure 3", question: "", answer: "",
    runs: [{ button: "4 people", settings: { subjects: 4 } }, { button: "48 people", settings: {} }],
  },
  {
    name: "skips", title: "Skip connections", where: "cell 4", question: "", answer: "",
    runs: [{ button: "Without", settings: { skips: false } }, { button: "With", settings: {} }],
  },
  {
    name: "loss", title: "The loss", where: "cell 3", question: "", answer: "",
    runs: [{ button: "Cross-entropy", settings: { loss: "bce" } }, { button: "Dice loss", settings: {} }],
  },
  {
    name: "norm", title: "Layer norm", where: "cell 4", question: "", answer: "",
    runs: [{ button: "Without", settings: { norm: "none" } }, { button: "With", settings: {} }],
  },
  {
    name: "augmentation", title: "Augmentation", where: "", question: "", answer: "",
    runs: [
      { button: "4 people", settings: { subjects: 4 } },
      { button: "4 people, augmented", settings: { subjects: 4, augment: true } },
    ],
  },
  {
    name: "schedule", title: "Schedule", where: "", question: "", answer: "",
    runs: [{ button: "Constant", settings: {} }, { button: "Cosine", settings: { schedule: "cosine" } }],
  },
  {
    name: "rate", title: "Learning rate", where: "cell 4", question: "", answer: "",
    runs: [
      { button: "0.0001", settings: { rate: 1e-4 } },
      { button: "0.01", settings: {} },
      { button: "0.1", settings: { rate: 0.1 } },
    ],
  },
  {
    name: "batch-norm", title: "Batch norm", where: "", question: "", answer: "",
    runs: [{ button: "Batch norm", settings: { norm: "batch" } }, { button: "Layer norm", settings: {} }],
  },
  {
    name: "zeros", title: "All zeros", where: "cell 4", question: "", answer: "",
    runs: [{ button: "All zeros", settings: { initializer: "zeros" } }, { button: "He's numbers", settings: {} }],
  },
  {
    name: "dropout", title: "Dropout", where: "", question: "", answer: "",
    runs: [
      { button: "4 people", settings: { subjects: 4 } },
      { button: "4 people, dropout", settings: { subjects: 4, dropout: 0.4 } },
    ],
  },
];
