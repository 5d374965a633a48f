/** HTTP client of a running system: its status, and records for its topic. */
import {
  MuonitorError,
  UnavailableError,
  type RawRecord,
  type SystemStatus,
} from "../../pipeline/model/index.js";
import { answerMs as usualAnswerMs, askHttp } from "../net/index.js";
import { withDeadline } from "../process/index.js";
import { packRecords } from "../../pipeline/steps/index.js";
import { noteFile, readStateFile, systemOwner, type RunningSystem } from "./note.js";

export const statusPath = "/api/status";
export const recordsPath = "/api/records";
/** Content type of packed records; see record-pack.ts. */
export const recordsType = "application/x-muonitor-records";
/** Maximum size of a request body with records. */
export const maxRequestBytes = 8 << 20;

const answerMs = 10_000;
const unauthorized = 401;
/** A sender gives up after failing for this time. */
const outageTimeoutMs = 30_000;

/** Status of a system; null when no valid answer arrives. */
async function fetchStatus(system: RunningSystem): Promise<SystemStatus | null> {
  try {
    const { text } = await askHttp(new URL(statusPath, system.url), {
      headers: { authorization: `Bearer ${system.token}` },
      withinMs: answerMs,
    });
    const status = JSON.parse(text) as SystemStatus;
    return status.started_ms === system.started_ms ? status : null;
  } catch {
    return null;
  }
}

/**
 * The system of a state folder; null when none is running.
 * @throws UnavailableError when a running one does not answer
 */
export async function findSystem(
  folder: string,
): Promise<{ system: RunningSystem; status: SystemStatus } | null> {
  const owner = systemOwner(folder);
  if (owner === null) return null;
  const system = readStateFile(folder);
  if (system === null)
    throw new UnavailableError(
      `Muonitor (process ${owner.pid}) is starting or stopping, or its ${noteFile} was removed: try again, or stop it with muonitor down`,
    );
  const status = await fetchStatus(system);
  if (status !== null) return { system, status };
  // It may have ended during the request.
  if (systemOwner(folder) === null) return null;
  throw new UnavailableError(
    `Muonitor (process ${owner.pid}) runs at ${system.url} but does not answer within ${answerMs / 1000} s`,
  );
}

/** How a sender finds its system again after a restart. */
interface Restarts {
  /** The system that runs now; null if none does. */
  newest: () => RunningSystem | null;
  /** Called when the sender continues with a restarted system. */
  onRestart: (system: RunningSystem) => void;
}

/**
 * Sends records to the topic of a running embedded system; same interface as a producer's sender. A system that is
 * restarted has another token, and may have another port: the sender follows it.
 */
export class SystemSender {
  private failingSinceMs = 0;

  constructor(
    private system: RunningSystem,
    private readonly restarts: Restarts,
  ) {}

  async send(records: readonly RawRecord[]): Promise<void> {
    for (const part of requestsOf(records)) await this.post(packRecords(part));
  }

  private async post(body: Uint8Array<ArrayBuffer>): Promise<void> {
    const { url, token } = this.system;
    const request = {
      method: "POST",
      body,
      headers: { "content-type": recordsType, authorization: `Bearer ${token}` },
    };
    const response = await withDeadline(
      (signal) => fetch(new URL(recordsPath, url), { ...request, signal }),
      usualAnswerMs(),
      `the system at ${url}`,
    ).catch((error: unknown) => this.fail(`the system at ${url} does not answer`, error));
    if (response.ok) return void (this.failingSinceMs = 0);
    const reason = (await response.text()).trim();
    const message = `the system at ${url} refused records: ${reason}`;
    if (response.status === unauthorized) this.fail(message);
    this.failingSinceMs = 0;
    throw new MuonitorError(message, { retriable: response.status === 503 });
  }

  private fail(message: string, cause?: unknown): never {
    this.followRestart();
    const now = performance.now();
    if (this.failingSinceMs === 0) this.failingSinceMs = now;
    if (now - this.failingSinceMs < outageTimeoutMs) throw new UnavailableError(message, { cause });
    throw new MuonitorError(message, { cause });
  }

  private followRestart(): void {
    const newest = this.restarts.newest();
    if (newest === null || newest.token === this.system.token) return;
    this.system = newest;
    this.restarts.onRestart(newest);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

/** Splits records into parts whose packs fit into one request. */
function* requestsOf(records: readonly RawRecord[]): Generator<RawRecord[]> {
  let part: RawRecord[] = [];
  let bytes = 0;
  for (const record of records) {
    const size = 20 + (record.key?.length ?? 0) + record.value.length;
    if (part.length > 0 && bytes + size > maxRequestBytes) {
      yield part;
      part = [];
      bytes = 0;
    }
    part.push(record);
    bytes += size;
  }
  if (part.length > 0) yield part;
}
