/** A worker thread of a bounded run; processes one task at a time. */
import { parentPort, workerData } from "node:worker_threads";
import { MuonitorError } from "../../../pipeline/model/index.js";
import type { Partial } from "../../../pipeline/steps/index.js";
import { RunWork, type RunSettings } from "./compute.js";
import { packPartials, unpackPartials, type Answer, type Task } from "./compute-protocol.js";

const port = parentPort;
if (port === null) throw new Error("this module is the entry of a worker thread");
const work = new RunWork(workerData as RunSettings);

port.on("message", (task: Task) => {
  void answerTo(task)
    .catch(failed)
    .then((answer) => port.postMessage(answer, buffersIn(answer)));
});

async function answerTo(task: Task): Promise<Answer> {
  if (task.kind === "merge")
    return { kind: "messages", messages: await work.merge(unpackPartials(task.group)) };
  const partials: Partial[] = [];
  const take = (partial: Partial): void => void partials.push(partial);
  if (task.kind === "pack") await work.accumulatePack(task.pack, take);
  else await work.accumulateBundle(task.bundle, take);
  return { kind: "partials", partials: packPartials(partials) };
}

function failed(error: unknown): Answer {
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  return { kind: "failed", message, stack, isExpected: error instanceof MuonitorError };
}

function buffersIn(answer: Answer): ArrayBuffer[] {
  if (answer.kind === "partials") return [answer.partials.bytes.buffer];
  return answer.kind === "messages" ? [answer.messages.bytes.buffer] : [];
}
