/** Client of Flink's REST interface: jobs, settings, savepoints, cancellation. */
import { MuonitorError, UnavailableError, UsageError } from "../../pipeline/model/index.js";
import { askHttp, identifyPeer, kindOf, NoAnswer, type HttpAsk } from "../net/index.js";
import { waitFor, type NotYet } from "../process/index.js";

interface FlinkSlots {
  "flink-version": string;
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
  /** Number of tasks by state; only for jobs in a list. */
  tasks?: { total: number; scheduled: number; running: number; finished: number };
}

interface FlinkCheckpoint {
  /** Wall clock of its completion, ms. */
  latest_ack_timestamp: number;
  external_path: string;
}

interface FlinkCheckpoints {
  counts: { completed: number; failed: number };
  latest: { completed: FlinkCheckpoint | null; failed: { failure_message?: string } | null };
}

interface TriggerStatus {
  status: { id: string };
  operation?: { location?: string; "failure-cause"?: { "stack-trace": string } };
}

const pollMs = 200;
const ended = new Set(["FAILED", "CANCELED", "FINISHED"]);

/** Whether a job will never run again. */
export function hasEnded({ state }: Pick<FlinkJob, "state">): boolean {
  return ended.has(state);
}

/** The job of this name that has not ended. */
export function findJob(jobs: readonly FlinkJob[], name: string): FlinkJob | undefined {
  return jobs.find((job) => job.name === name && !hasEnded(job));
}

export class FlinkRest {
  /** @param master HOST:PORT */
  constructor(
    readonly master: string,
    private readonly signal?: AbortSignal,
  ) {}

  slots(): Promise<FlinkSlots> {
    return this.ask("/overview", (body) => typeof body["slots-total"] === "number");
  }

  /** Hosts of the registered TaskManagers, one entry for each. */
  async taskManagerHosts(): Promise<string[]> {
    const isAnswer = isList("taskmanagers");
    const { taskmanagers } = await this.ask<{ taskmanagers: { id: string; path: string }[] }>(
      "/taskmanagers",
      isAnswer,
    );
    return taskmanagers.map(({ id, path }) => hostOf(path) ?? id);
  }

  /** Running and recently ended jobs, newest first. */
  async jobs(): Promise<FlinkJob[]> {
    const { jobs } = await this.ask<{ jobs: FlinkJob[] }>("/jobs/overview", isList("jobs"));
    return jobs.sort((a, b) => b["start-time"] - a["start-time"]);
  }

  job(id: string): Promise<FlinkJob> {
    return this.ask(`/jobs/${id}`, (body) => typeof body["state"] === "string");
  }

  checkpoints(id: string): Promise<FlinkCheckpoints> {
    return this.ask(`/jobs/${id}/checkpoints`, (body) => isObject(body["counts"]));
  }

  /** Stack trace of the job's last failure; null if it never failed. */
  async lastFailure(id: string): Promise<string | null> {
    const { exceptionHistory } = await this.ask<{
      exceptionHistory: { entries: { stacktrace: string }[] };
    }>(`/jobs/${id}/exceptions?maxExceptions=1`, (body) => isObject(body["exceptionHistory"]));
    return exceptionHistory.entries[0]?.stacktrace ?? null;
  }

  /** A setting of the cluster; null when it is not set. */
  async setting(key: string): Promise<string | null> {
    const settings = await this.ask<{ key: string; value: string }[]>("/jobmanager/config", Array.isArray);
    return settings.find((setting) => setting.key === key)?.value ?? null;
  }

  /** Ends a job; rows read since its last message are not read again by any job. */
  async cancel(id: string): Promise<void> {
    await this.ask(`/jobs/${id}?mode=cancel`, isObject, { method: "PATCH" });
    await this.untilEnded(id);
  }

  /**
   * Writes a savepoint and, on request, cancels the job as soon as it is complete. Flink's `stop` is not used: with
   * it, Beam's source emits a watermark at the end of time before the savepoint, which closes the open windows too
   * early.
   * @param target folder as seen from the cluster; null for the cluster's own
   * @returns path of the savepoint
   */
  async savepoint(id: string, target: string | null, stop: boolean, withinMs: number): Promise<string> {
    const body = { "cancel-job": stop, ...(target === null ? {} : { "target-directory": target }) };
    const { "request-id": request } = await this.ask<{ "request-id": string }>(
      `/jobs/${id}/savepoints`,
      hasRequestId,
      {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(body),
      },
    );
    const location = await this.untilWritten(`/jobs/${id}/savepoints/${request}`, withinMs);
    if (stop) await this.untilEnded(id);
    return location;
  }

  private async untilWritten(path: string, withinMs: number): Promise<string> {
    const location = await this.until(async () => {
      const { status, operation } = await this.ask<TriggerStatus>(path, (body) => isObject(body["status"]));
      if (status.id !== "COMPLETED") return null;
      if (operation?.location !== undefined) return operation.location;
      throw new MuonitorError(
        `the savepoint failed: ${rootCause(operation?.["failure-cause"]?.["stack-trace"])}`,
      );
    }, withinMs);
    if (location !== null) return location;
    throw new UnavailableError(`the savepoint is not complete after ${withinMs / 1000} s`);
  }

  private async untilEnded(id: string): Promise<void> {
    const withinMs = 60_000;
    if (await this.until(async () => hasEnded(await this.job(id)), withinMs)) return;
    throw new UnavailableError(`job ${id} has not ended within ${withinMs / 1000} s`);
  }

  /** Polls a condition until it holds. @returns its result, null on timeout */
  until<T>(condition: () => Promise<T | NotYet>, withinMs: number): Promise<T | null> {
    return waitFor(condition, { everyMs: pollMs, withinMs, signal: this.signal });
  }

  /** @param isAnswer whether the JSON is a valid answer of Flink to this request */
  private async ask<T>(path: string, isAnswer: Check, request: HttpAsk = {}): Promise<T> {
    const url = `http://${this.master}${path}`;
    const answer = await askHttp(url, { ...request, signal: this.signal }).catch(async (error: unknown) => {
      this.signal?.throwIfAborted();
      throw await this.explained(error);
    });
    const body = jsonOf(answer.text);
    if (answer.status < 300 && body !== null && isAnswer(body)) return body as T;
    const reason = reasonOf(body);
    if (answer.status < 300 || reason === null) throw this.foreign(`got ${kindOf(answer)}`);
    if (answer.status === 404) throw new UsageError(`Flink at ${this.master} has no such job (${path})`);
    const text = `Flink answers ${answer.status} to ${path}: ${reason}`;
    // A fault of the JobManager can be temporary, for example while a job starts.
    throw answer.status >= 500 ? new UnavailableError(text) : new MuonitorError(text);
  }

  private async explained(error: unknown): Promise<unknown> {
    const { master } = this;
    if (!(error instanceof NoAnswer)) return error;
    if (!error.isForeign)
      return new UnavailableError(`no Flink cluster answers at ${master}: ${error.message}`, {
        cause: error,
      });
    const { kind, words } = await identifyPeer(master);
    const isKnown = kind === "kafka" || kind === "tls" || kind === "grpc";
    return this.foreign(isKnown ? words : error.message);
  }

  /** Retriable: a proxy may answer in place of a cluster that is briefly down. */
  private foreign(what: string): UnavailableError {
    return new UnavailableError(`${this.master} does not speak Flink's REST API: ${what}`);
  }
}

/** The host in the address of an actor, such as `pekko.tcp://flink@node-1:6122/user/rpc/taskmanager_0`. */
function hostOf(path: string): string | undefined {
  return /@(.+):\d+\//.exec(path)?.[1];
}

type Json = Readonly<Record<string, unknown>>;
type Check = (body: Json) => boolean;

const hasRequestId: Check = (body) => typeof body["request-id"] === "string";

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null;
}

const isList =
  (key: string): Check =>
  (body) =>
    Array.isArray(body[key]) && body[key].every(isObject);

/** Null unless the text is a JSON object or list. */
function jsonOf(text: string): Json | null {
  try {
    const body: unknown = JSON.parse(text);
    return isObject(body) ? body : null;
  } catch {
    return null;
  }
}

/** Flink's reason for an error, in one line; null if this is not an answer of Flink. */
function reasonOf(body: Json | null): string | null {
  const errors = body?.["errors"];
  if (!Array.isArray(errors)) return null;
  const causes = errors.filter((text) => typeof text === "string" && text !== "Internal server error.");
  return rootCause(causes.join("\n").replace("<Exception on server side:", "").trim() || undefined);
}

/** The innermost cause of a Java stack trace, in one line. */
export function rootCause(trace = "no reason given"): string {
  const lines = trace.replaceAll("\\n", "\n").split("\n");
  const causes = lines.filter((line) => line.startsWith("Caused by: "));
  return (causes.at(-1) ?? lines[0] ?? "").replace("Caused by: ", "").trim().slice(0, 500);
}
