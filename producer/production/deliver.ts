/** Repeats a send until all records are accepted: no loss, no reordering, one send at a time. */
import { MuonitorError } from "../../pipeline/model/index.js";
import type { Clock } from "../clock.js";
import { reasonOf } from "./trouble.js";

const firstBackoffMs = 100;
const longestBackoffMs = 5000;

interface DeliveryOptions {
  clock: Clock;
  /** Ends the delivery, even during a send. */
  giveUp: AbortSignal;
  /** Called with the error before each retry. */
  onRetry: (error: unknown) => void;
}

/**
 * Resolves when the step (sending a batch, or writing its journal entry) has succeeded. After a retriable error the step is
 * repeated, 0.1 s to 5 s later. Some records of a failed send may have been accepted; the sequence numbers in the keys show
 * which.
 * @throws the step's error if it is not retriable; MuonitorError after `giveUp`
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

/** Errors of Muonitor and of kafkajs have this field. */
function isRetriable(error: unknown): boolean {
  return error instanceof Error && "retriable" in error && error.retriable === true;
}

function notInTime(cause: unknown): MuonitorError {
  const reason = cause === undefined ? "" : `: ${reasonOf(cause)}`;
  return new MuonitorError(`the records were not accepted in time${reason}`, { cause });
}

/** Like Promise.race with the signal, but leaves no listener on the signal. */
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
