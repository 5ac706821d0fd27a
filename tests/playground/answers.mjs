/* The lessons' answers, as JSON. */
import { LESSONS } from "../../space/playground/page/lessons.js";

console.log(JSON.stringify(Object.fromEntries(LESSONS.map(({ name, answer }) => [name, answer]))));
