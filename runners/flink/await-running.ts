/** Waits until a submitted job has proved that it runs and writes checkpoints. */
import { MuonitorError } from "../../pipeline/model/index.js";
import { OutageTolerance } from "./outage-tolerance.js";
import { hasEnded, rootCause, type FlinkJob, type FlinkRest } from "./rest.js";

/** The new job with this name; null while there is none. */
export async function findNewJob(
  rest: FlinkRest,
  name: string,
  before: ReadonlySet<string>,
): Promise<FlinkJob | null> {
  return (await rest.jobs()).find((job) => job.name === name && !before.has(job.jid)) ?? null;
}

/**
 * Waits until a job runs and its first checkpoint is complete, which shows that all tasks run and the state is safe.
 * @throws MuonitorError with the root cause, after cancelling the job
 */
export async function awaitRunning(rest: FlinkRest, id: string, withinMs: number): Promise<void> {
  const tolerance = new OutageTolerance();
  const outcome = await rest.until(async () => {
    const job = await tolerance.ask(() => rest.job(id));
    if (job === null) return null;
    if (hasEnded(job)) return "failed";
    const checkpoints = await tolerance.ask(() => rest.checkpoints(id));
    if (checkpoints === null) return null;
    const { counts, latest } = checkpoints;
    if (job.state === "RUNNING" && counts.completed > 0) return "runs";
    return counts.failed > 0 && latest.failed !== null && "failed";
  }, withinMs);
  if (outcome === "runs") return;
  const why = await whyNot(rest, id, withinMs);
  if (!hasEnded(await rest.job(id))) await rest.cancel(id);
  throw new MuonitorError(`the job does not run and was cancelled: ${why}`);
}

async function whyNot(rest: FlinkRest, id: string, withinMs: number): Promise<string> {
  const failure = await rest.lastFailure(id);
  if (failure !== null) return rootCause(failure);
  const { latest } = await rest.checkpoints(id);
  if (latest.failed !== null)
    return `no checkpoint can be written: ${rootCause(latest.failed.failure_message)}`;
  return `${(await rest.job(id)).state}, without a checkpoint after ${withinMs / 1000} s`;
}
