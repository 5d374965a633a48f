/** Cancels a job whose start was abandoned, so that it does not continue unattended. */
import { retry } from "../process/index.js";
import { hasEnded, type FlinkRest } from "./rest.js";

const pollMs = 200;

/**
 * Cancels the new jobs with a name.
 * @param withinMs timeout for a JobManager that is down; it is asked at least once
 * @throws UnavailableError when the JobManager does not come back
 */
export async function cancelAndWait(
  rest: FlinkRest,
  name: string,
  before: ReadonlySet<string>,
  withinMs: number,
): Promise<void> {
  const cancel = async (): Promise<void> => {
    const ours = (await rest.jobs()).filter((job) => job.name === name && !before.has(job.jid));
    for (const job of ours) if (!hasEnded(job)) await rest.cancel(job.jid);
  };
  await retry(cancel, { firstMs: pollMs, longestMs: pollMs, withinMs, isRetriable: () => true });
}
