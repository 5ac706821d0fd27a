/* The quiz at the end: what each tab teaches, in questions whose answers do not depend on the network. */

import { Choice } from "./gestures.js";

/**
 * @typedef {object} Question
 * @property {string} question
 * @property {string[]} options
 * @property {number} right
 * @property {string} because
 */

/** @type {Question[]} */
const QUESTIONS = [
  {
    question: "A mask has 300 pixels, a prediction 500. They share 200. What is the Dice?",
    options: ["0.33", "0.50", "0.67", "0.40"],
    right: 1,
    because: "2 × 200 / (500 + 300) = 0.50. The IoU is 200 / 600 = 0.33.",
  },
  {
    question: "You raise the threshold from 0.5 to 0.8. What can never happen?",
    options: ["Recall rises", "Precision rises", "Precision falls", "Dice rises"],
    right: 0,
    because: "A higher threshold marks fewer pixels, all of which were marked before: none is found anew, so recall cannot "
      + "rise. Precision and Dice can go either way.",
  },
  {
    question: "You set a narrow liver window on the slice. What changes in the prediction?",
    options: ["It becomes sharper", "It finds more", "Nothing", "It finds less"],
    right: 2,
    because: "The display window changes what you see. The network always gets the same grey values.",
  },
  {
    question: "A network marks nothing on a slice where the organ covers 1% of the pixels. How many pixels are right, and "
      + "what is the Dice?",
    options: ["1%, Dice 0", "50%, Dice 0.5", "99%, Dice 0.99", "99%, Dice 0"],
    right: 3,
    because: "All of the background is right, 99%, and no pixel of the organ is found: Dice 0. Hence Dice, not accuracy.",
  },
  {
    question: "The prediction misses by one pixel at the border. Where does that cost more Dice?",
    options: ["On a large organ", "On a small organ", "The same", "It depends on the threshold"],
    right: 1,
    because: "Dice is relative to the areas, and the border of something small is a larger share of it.",
  },
  {
    question: "What does max pooling with a window of 2 × 2 and stride 2 keep?",
    options: ["The largest of four pixels", "The mean of four pixels", "Every fourth pixel", "All four"],
    right: 0,
    because: "The largest of each block of four: half the height, half the width, and where in the block it stood is lost.",
  },
  {
    question: "What does a skip connection bring to the right side of the U?",
    options: ["More training slices", "The mask", "The loss", "The maps of the left side, of the same size"],
    right: 3,
    because: "The maps of the same size from the way down are laid beside those from below, so that edges are again where "
      + "they are.",
  },
  {
    question: "Training Dice 0.96, validation Dice 0.70. What do you expect of a new patient?",
    options: ["About 0.96", "About 0.83, the mean", "About 0.70, or less", "Nothing can be said"],
    right: 2,
    because: "Validation stands for new people. It can still be too good: epoch and threshold are chosen on it.",
  },
  {
    question: "Prediction and mask are both empty. What is the Dice?",
    options: ["1", "0", "Undefined", "0.5"],
    right: 2,
    because: "0 / 0. This page says n/a; papers that count it as 1 flatter networks on slices without the organ.",
  },
  {
    question: "Slices of one patient are in training and in test. What is wrong?",
    options: ["Nothing", "The test Dice becomes too good", "The test Dice becomes too bad", "Training takes longer"],
    right: 1,
    because: "Neighbouring slices look alike: the network has seen nearly the same picture. Splits are made by patient.",
  },
];

/** @type {import("./lesson.js").Lesson} */
export default {
  name: "quiz",
  title: () => "Quiz",
  about: "Ten questions on everything that this demo shows.",
  works: () => true,
  steps: () => QUESTIONS.map(asked),
  further: () => [],
};

/**
 * @param {Question} question
 * @returns {import("./lesson.js").Step}
 */
function asked({ question, options, right, because }) {
  /** @type {Choice} */
  let choice;
  return {
    question,
    hint: "",
    show(place) {
      place.scene.replaceChildren();
      choice = new Choice(place, "Answer", options.map((words) => ({ words })));
    },
    answer: () => ({ ...choice.settle(right), says: `${options[right]}. ${because}` }),
  };
}
