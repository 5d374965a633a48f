/** Repeats a send until all is accepted: no loss, no change of order, one send at a time. */
import { MuonitorError } from "../../pipeline/model/index.js";
import type { Clock } from "../clock.js";
import { reasonOf } from "./trouble.js";

const firstBackoffMs = 100;
const longestBackoffMs = 5000;

interface DeliveryOptions {
  clock: Clock;
  /** Ends the delivery, also in the middle of a send. */
  giveUp: AbortSignal;
  /** Called with the error before each retry. */
  onRetry: (error: unknown) => void;
}

/**
 * Resolves when the step has succeeded: the send of a batch, or its note. An error that is retriable leads to the same step
 * again, 0.1 s to 5 s later; only the sender knows how much of a failed send was accepted; the sequence numbers in the keys
 * show it.
 * @throws the step's error when it is not retriable; MuonitorError after `giveUp`
 */
export async function deliver(
  step: () => Promise<void>,
  { clock, giveUp, onRetry }: DeliveryOptions,
): Promise<void> {
  let failure: unknown;
  for (
    let backoffMs = firstBackoffMs;
    !giveUp.aborted;
    backoffMs = Math.min(2 * backoffMs, longestBackoffMs)
  ) {
    try {
      await untilAborted(step(), giveUp, () => notInTime(failure));
      return;
    } catch (error) {
      if (!isRetriable(error)) throw error;
      failure = error;
    }
    onRetry(failure);
    await clock.sleep(backoffMs, giveUp);
  }
  throw notInTime(failure);
}

/** Our own errors and those of kafkajs have this field. */
function isRetriable(error: unknown): boolean {
  return error instanceof Error && "retriable" in error && error.retriable === true;
}

function notInTime(cause: unknown): MuonitorError {
  const reason = cause === undefined ? "" : `: ${reasonOf(cause)}`;
  return new MuonitorError(`the records were not accepted in time${reason}`, { cause });
}

/** Like Promise.race with the signal, but without a listener left on it. */
function untilAborted(work: Promise<void>, signal: AbortSignal, error: () => Error): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = () => {
      reject(error());
    };
    signal.addEventListener("abort", abort);
    void work.then(resolve, reject).finally(() => {
      signal.removeEventListener("abort", abort);
    });
  });
}
