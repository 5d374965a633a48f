/** A job whose start is given up must not go on by itself. */
import { retry } from "../process/index.js";
import { hasEnded, type FlinkRest } from "./rest.js";

const pollMs = 200;

/**
 * Cancels the jobs of a name that were not there before.
 * @param withinMs so long a JobManager may be away; it is asked once at least
 * @throws UnavailableError when it does not come back
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
