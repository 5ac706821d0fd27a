/* The tab 'Playground': the same part as on the playground's page of its own. */

export { default } from "../playground/page/part.js";
