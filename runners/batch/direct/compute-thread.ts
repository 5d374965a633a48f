/** A worker thread of a bounded run; processes one task at a time. */
import { parentPort } from "node:worker_threads";
import { MuonitorError } from "../../../pipeline/model/index.js";
import { mergeDirect } from "../../../pipeline/beam/direct.js";
import type { Partial } from "../../../pipeline/steps/index.js";
import { accumulateBundle, accumulatePack } from "./compute.js";
import { packPartials, unpackPartials, type Answer, type Task } from "./compute-protocol.js";

const port = parentPort;
if (port === null) throw new Error("this module is the entry of a worker thread");

port.on("message", (task: Task) => {
  void answerTo(task)
    .catch(failed)
    .then((answer) => port.postMessage(answer, buffersIn(answer)));
});

async function answerTo(task: Task): Promise<Answer> {
  if (task.kind === "merge") {
    const group = unpackPartials(task.group);
    return { kind: "messages", messages: await mergeDirect(task.config, group, {}, task.span) };
  }
  const partials: Partial[] = [];
  const take = (partial: Partial): void => void partials.push(partial);
  if (task.kind === "pack") await accumulatePack(task.config, task.pack, take);
  else await accumulateBundle(task.config, task.bundle, take);
  return { kind: "partials", partials: packPartials(partials) };
}

function failed(error: unknown): Answer {
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  return { kind: "failed", message, stack, isExpected: error instanceof MuonitorError };
}

function buffersIn(answer: Answer): ArrayBuffer[] {
  return answer.kind === "partials" ? [answer.partials.bytes.buffer] : [];
}
