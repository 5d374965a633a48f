/** Flink's REST interface: what a cluster runs, and what one asks of it. */
import { setTimeout as delay } from "node:timers/promises";
import { MuonitorError, UnavailableError, UsageError } from "../../pipeline/model/index.js";

export interface FlinkSlots {
  taskmanagers: number;
  "slots-total": number;
  "slots-available": number;
}

export interface FlinkJob {
  jid: string;
  name: string;
  /** INITIALIZING, CREATED, RUNNING, RESTARTING, FAILED, CANCELED, FINISHED and the like. */
  state: string;
  "start-time": number;
  duration: number;
}

export interface FlinkCheckpoint {
  /** Wall clock when it was complete, ms. */
  latest_ack_timestamp: number;
  external_path: string;
}

export interface FlinkCheckpoints {
  counts: { completed: number; failed: number };
  latest: { completed: FlinkCheckpoint | null; failed: { failure_message?: string } | null };
}

interface TriggerStatus {
  status: { id: string };
  operation?: { location?: string; "failure-cause"?: { "stack-trace": string } };
}

const answerMs = 10_000;
const pollMs = 200;
const ended = new Set(["FAILED", "CANCELED", "FINISHED"]);

/** Whether a job will never run again. */
export function hasEnded({ state }: Pick<FlinkJob, "state">): boolean {
  return ended.has(state);
}

export class FlinkRest {
  /** @param master HOST:PORT */
  constructor(
    readonly master: string,
    private readonly signal?: AbortSignal,
  ) {}

  slots(): Promise<FlinkSlots> {
    return this.ask("/overview");
  }

  /** Jobs that run and those that have ended not long ago, newest first. */
  async jobs(): Promise<FlinkJob[]> {
    const { jobs } = await this.ask<{ jobs: FlinkJob[] }>("/jobs/overview");
    return jobs.sort((a, b) => b["start-time"] - a["start-time"]);
  }

  job(id: string): Promise<FlinkJob> {
    return this.ask(`/jobs/${id}`);
  }

  checkpoints(id: string): Promise<FlinkCheckpoints> {
    return this.ask(`/jobs/${id}/checkpoints`);
  }

  /** Stack trace of what the job failed with last; null when it never failed. */
  async lastFailure(id: string): Promise<string | null> {
    const { exceptionHistory } = await this.ask<{
      exceptionHistory: { entries: { stacktrace: string }[] };
    }>(`/jobs/${id}/exceptions?maxExceptions=1`);
    return exceptionHistory.entries[0]?.stacktrace ?? null;
  }

  /** A setting of the cluster; null when it is not set. */
  async setting(key: string): Promise<string | null> {
    const settings = await this.ask<{ key: string; value: string }[]>("/jobmanager/config");
    return settings.find((setting) => setting.key === key)?.value ?? null;
  }

  /** Ends a job; what it has read since its last message is read again by none. */
  async cancel(id: string): Promise<void> {
    await this.ask(`/jobs/${id}?mode=cancel`, { method: "PATCH" });
    await this.untilEnded(id);
  }

  /**
   * Writes a savepoint, and cancels the job as soon as it is complete when asked to. Not by Flink's `stop`: there Beam's
   * source ends with a watermark at the end of time before the savepoint, which closes the open windows too early.
   * @param target folder as the cluster reaches it; null for the cluster's own
   * @returns where the savepoint is
   */
  async savepoint(id: string, target: string | null, stop: boolean, withinMs: number): Promise<string> {
    const body = { "cancel-job": stop, ...(target === null ? {} : { "target-directory": target }) };
    const { "request-id": request } = await this.ask<{ "request-id": string }>(`/jobs/${id}/savepoints`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    const location = await this.untilWritten(`/jobs/${id}/savepoints/${request}`, withinMs);
    if (stop) await this.untilEnded(id);
    return location;
  }

  private async untilWritten(path: string, withinMs: number): Promise<string> {
    for (const end = Date.now() + withinMs; Date.now() < end; await this.pause()) {
      const { status, operation } = await this.ask<TriggerStatus>(path);
      if (status.id !== "COMPLETED") continue;
      if (operation?.location !== undefined) return operation.location;
      throw new MuonitorError(
        `the savepoint failed: ${rootCause(operation?.["failure-cause"]?.["stack-trace"])}`,
      );
    }
    throw new UnavailableError(`the savepoint is not complete after ${withinMs / 1000} s`);
  }

  private async untilEnded(id: string): Promise<void> {
    const withinMs = 60_000;
    for (const end = Date.now() + withinMs; Date.now() < end; await this.pause()) {
      if (hasEnded(await this.job(id))) return;
    }
    throw new UnavailableError(`job ${id} has not ended within ${withinMs / 1000} s`);
  }

  /** A moment between two questions. */
  async pause(): Promise<void> {
    this.signal?.throwIfAborted();
    await delay(pollMs);
  }

  private async ask<T>(path: string, request: RequestInit = {}): Promise<T> {
    const limits = [AbortSignal.timeout(answerMs), ...(this.signal === undefined ? [] : [this.signal])];
    const url = `http://${this.master}${path}`;
    const response = await fetch(url, { ...request, signal: AbortSignal.any(limits) }).catch(
      (cause: unknown) => {
        this.signal?.throwIfAborted();
        throw new UnavailableError(`no Flink cluster answers at ${this.master}`, { cause });
      },
    );
    if (response.ok) return (await response.json()) as T;
    const text = await response.text();
    if (response.status === 404) throw new UsageError(`Flink at ${this.master} knows no such job (${path})`);
    throw new MuonitorError(`Flink answers ${response.status} to ${path}: ${rootCause(text)}`);
  }
}

/** The innermost cause of a Java stack trace, in one line. */
export function rootCause(trace = "no reason given"): string {
  const lines = trace.replaceAll("\\n", "\n").split("\n");
  const causes = lines.filter((line) => line.startsWith("Caused by: "));
  return (causes.at(-1) ?? lines[0] ?? "").replace("Caused by: ", "").trim().slice(0, 500);
}
