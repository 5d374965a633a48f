/** A thread of a bounded run: does one task after the other. */
import { parentPort } from "node:worker_threads";
import { MuonitorError } from "../../../pipeline/model/index.js";
import { mergeDirect } from "../../../pipeline/beam/index.js";
import type { Partial } from "../../../pipeline/steps/index.js";
import { accumulateBundle, accumulatePack } from "./compute.js";
import { packPartials, type Answer, type Task } from "./compute-protocol.js";

const port = parentPort;
if (port === null) throw new Error("this module is the entry of a worker thread");

port.on("message", (task: Task) => {
  void answerTo(task)
    .catch(failed)
    .then((answer) => port.postMessage(answer, buffersIn(answer)));
});

async function answerTo(task: Task): Promise<Answer> {
  if (task.kind === "merge")
    return { kind: "messages", messages: await mergeDirect(task.config, task.group, {}, task.span) };
  if (task.kind === "pack") return partialsOf(await accumulatePack(task.config, task.pack), null);
  const partials: Partial[] = [];
  await accumulateBundle(task.config, task.bundle, (partial) => partials.push(partial));
  return partialsOf(partials, task.bundle.buffer);
}

function partialsOf(partials: Partial[], buffer: Uint8Array<ArrayBuffer> | null): Answer {
  return { kind: "partials", partials: packPartials(partials), buffer };
}

function failed(error: unknown): Answer {
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  return { kind: "failed", message, stack, isExpected: error instanceof MuonitorError };
}

function buffersIn(answer: Answer): ArrayBuffer[] {
  if (answer.kind !== "partials") return [];
  const { partials, buffer } = answer;
  return buffer === null ? [partials.bytes.buffer] : [partials.bytes.buffer, buffer.buffer];
}
