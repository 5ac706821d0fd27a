/* Work for the queue as a worker gets it: names of work in the background in, and in which order everything was done out.
   A question of a person's comes as a message while the first piece of work holds the thread, as the network does. */
import { Queue } from "../../space/page/engine/browser/queue.js";
import { given, print } from "./talk.mjs";

const queue = new Queue();
const done = [];
const { port1, port2 } = new MessageChannel();
const asked = new Promise((resolve) => { port1.onmessage = () => resolve(take("question", false)); });

function take(name, inBackground) {
  return queue.take(async () => {
    if (!done.length) port2.postMessage("");
    const until = performance.now() + 20;
    while (performance.now() < until);
    done.push(name);
    if (name === "broken") throw new Error("it went wrong");
    return name;
  }, { inBackground }).catch((error) => error.message);
}

const answers = await Promise.all((await given()).map((name) => take(name, true)));
await asked;
port1.close();
print({ done, answers });
