/** Readiness checks of services, and waiting for readiness. */
import { connect } from "node:http2";
import type { KafkaAccess } from "../kafka/access.js";
import { asAdmin } from "../kafka/admin.js";
import { waitFor } from "../process/index.js";
import { loopback } from "./ports.js";

const retryMs = 100;
const answerMs = 2000;

/** Polls a check until it is true; false when the signal aborts first. */
export async function untilTrue(check: () => Promise<boolean>, signal: AbortSignal): Promise<boolean> {
  const found = await waitFor(check, { everyMs: retryMs, signal }).catch((error: unknown) => {
    if (!signal.aborted) throw error;
    return null;
  });
  return found === true;
}

/** Whether a broker answers an administrative request. */
export async function kafkaAnswers(access: KafkaAccess): Promise<boolean> {
  try {
    const limits = { timeoutMs: answerMs, retries: 0 };
    const { brokers } = await asAdmin(access, (admin) => admin.describeCluster(), limits);
    return brokers.length > 0;
  } catch {
    return false;
  }
}

/** Whether a gRPC server listens on a port: it starts with its HTTP/2 settings. */
export function grpcAnswers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const session = connect(`http://${loopback}:${port}`);
    const end = (answer: boolean): void => {
      session.destroy();
      resolve(answer);
    };
    session.setTimeout(answerMs, () => end(false));
    session.once("remoteSettings", () => end(true));
    session.on("error", () => end(false));
    session.once("close", () => resolve(false));
  });
}

/** Overview of the cluster from Flink's REST interface. */
interface FlinkOverview {
  taskmanagers: number;
  "slots-total": number;
  "slots-available": number;
  "jobs-running": number;
  "flink-version": string;
}

/** A TaskManager as the JobManager reports it. */
export interface FlinkTaskManager {
  id: string;
  /** Wall clock of its last heartbeat, ms; the name is Flink's. */
  timeSinceLastHeartbeat: number;
  slotsNumber: number;
}

/** The registered TaskManagers; null while the JobManager does not answer. */
export async function flinkTaskManagers(restUrl: string): Promise<FlinkTaskManager[] | null> {
  const answer = await flinkAnswer<{ taskmanagers: FlinkTaskManager[] }>(restUrl, "/taskmanagers");
  return answer?.taskmanagers ?? null;
}

/** The cluster's overview; null while it does not answer. */
export function flinkOverview(restUrl: string): Promise<FlinkOverview | null> {
  return flinkAnswer(restUrl, "/overview");
}

async function flinkAnswer<T>(restUrl: string, path: string): Promise<T | null> {
  try {
    const response = await fetch(new URL(path, restUrl), { signal: AbortSignal.timeout(answerMs) });
    return response.ok ? ((await response.json()) as T) : null;
  } catch {
    return null;
  }
}
