/* The lessons: a question, runs that answer it, and the answer to unfold.

   The texts promise only what five seeds show: `node tests/playground/lessons.mjs` trains every run with each of them,
   docs/playground.md has its table, and a test holds the texts against it. */

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
    name: "epoch",
    title: "An epoch",
    where: "In the article: cell 5.",
    question: "After 16 steps validation Dice is well above training Dice. Does it know new people better than its own?",
    runs: [{ button: "48 people", settings: {} }],
    answer: "No. An epoch is one pass through all slices: with 48 people, 384 slices in 48 steps of 8. Training Dice is "
      + "the mean over the last 16 steps, most of which came before the network was as good as it is now; validation "
      + "Dice is measured after them. At the end of the first epoch validation Dice is between 0.45 and 0.70, "
      + "depending on the seed, and after three, between 0.77 and 0.82. A single point can still drop: at step 240, "
      + "one seed of five is at 0.69.",
  },
  {
    name: "overfitting",
    title: "Overfitting",
    where: "In the article: figure 3.",
    question: "Which of the two curves tells how well it will do on the next patient?",
    runs: [{ button: "4 people", settings: { subjects: 4 } }, { button: "48 people", settings: {} }],
    answer: "Validation: these eight people are never trained on. With four people, training Dice is 0.95 to 0.97 at step "
      + "240, and validation Dice 0.71 to 0.73, with each of five seeds: what training gains and validation does not has "
      + "been learned by heart. With 48 people training ends at 0.82 to 0.84 and validation beside it, at 0.81 to 0.84, "
      + "with four of the five seeds; the fifth has a bad point at step 240, 0.69, after 0.83 at step 224.",
  },
  {
    name: "skips",
    title: "Skip connections",
    where: "In the article: cell 4, the right-hand side.",
    question: "What does the right-hand side of the U no longer get without skip connections?",
    runs: [{ button: "Without", settings: { skips: false } }, { button: "With", settings: {} }],
    answer: "The maps that the left-hand side made at the same size, with every edge where it is in the slice. All it has "
      + "then is what came through the deepest level, 8 × 8 numbers per map. With five seeds training Dice is 0.23 to "
      + "0.51 without them and 0.55 to 0.64 with them at step 64, and 0.73 to 0.78 and 0.82 to 0.84 at step 240: it "
      + "learns later, and less.",
  },
  {
    name: "loss",
    title: "The loss",
    where: "In the article: cell 3.",
    question: "Only 2% of the pixels are pancreas. Which loss notices if the network marks nothing?",
    runs: [{ button: "Cross-entropy", settings: { loss: "bce" } }, { button: "Dice loss", settings: {} }],
    answer: "Cross-entropy is a mean over all pixels: a network that marks nothing is right on 98% of them. Dice loss "
      + "counts the overlap only, and is at its worst, near 1, if nothing is marked. At step 96 validation Dice is 0.69 to "
      + "0.75 with the Dice loss, and 0.00 with cross-entropy, with each of five seeds. Three of them begin later; two "
      + "mark nothing in all 240 steps.",
  },
  {
    name: "zeros",
    title: "All zeros",
    where: "In the article: cell 4, kernel_initializer.",
    question: "Why do the kernels have to begin with random numbers?",
    runs: [{ button: "All zeros", settings: { initializer: "zeros" } }, { button: "He's numbers", settings: {} }],
    answer: "If all are zero, every map is zero, no kernel has a gradient, and none has a reason to become unlike the "
      + "others: only the last bias learns, and all pixels get the same probability. The kernels at the right stay as "
      + "they were.",
  },
];
