/** `status`: shows the running system, with ages and rates. */
import {
  activeFaults,
  type HopStatus,
  type PartStatus,
  type SystemStatus,
  type Unread,
} from "../../pipeline/model/index.js";
import type { RunningSystem, SystemServers } from "../system/note.js";
import { findSystem } from "../system/client.js";
import { stateFolder, stateFolderOption } from "./system-options.js";
import { defineOptions, type ValuesOf } from "./option.js";
import { defineVerb, type CliContext } from "./verb.js";

const statusOptions = defineOptions([
  stateFolderOption,
  { flags: "--json", description: "print the whole status as JSON", default: false },
]);
type StatusOptions = ValuesOf<typeof statusOptions>;

export const statusVerb = defineVerb({
  name: "status",
  summary: "show the running system, with ages and rates",
  description:
    "Shows the running system: every stage of the data path with its age and rate, and the losses.\nThe exit code is 1 when nothing runs.",
  options: statusOptions,
  examples: ["muonitor status", "muonitor status --json"],
  run: status,
});

async function status(options: StatusOptions, context: CliContext): Promise<number> {
  const folder = stateFolder(options, context);
  const running = await findSystem(folder);
  if (running === null) {
    const text = `no Muonitor runs with the state folder ${folder}; muonitor up starts it, --state-dir names another folder`;
    context.stdout.write(options.json ? "null\n" : `${text}\n`);
    return 1;
  }
  const text = options.json ? JSON.stringify(running.status) : describe(running.system, running.status);
  context.stdout.write(`${text}\n`);
  return 0;
}

function describe({ url, servers }: RunningSystem, status: SystemStatus): string {
  const lines = [
    `Muonitor ${status.version} is live at ${url}`,
    `  stream    ${status.stream}, runner ${status.runner}, up for ${duration(status.now_ms - status.started_ms)}`,
    `  source    ${status.source}${status.demo ? " (DEMO)" : ""}`,
    `  windows   ${windowsText(status)}`,
    ...serverLines(servers),
    ...status.hops.map((hop) => `  ${hop.hop.padEnd(9)} ${hopText(hop, status.now_ms)}`),
    `  late      ${lateText(status.late)}`,
    ...unreadLines(status.unread),
    `  backlog   ${status.backlog_bytes === null ? "unknown" : `${status.backlog_bytes} bytes`}`,
  ];
  const faults = status.faults === null ? [] : activeFaults(status.faults);
  if (faults.length > 0) lines.push(`  practice  ${faults.join(", ")}`);
  if (status.parts !== undefined && status.parts.length > 0)
    lines.push(`  parts     ${partsText(status.parts)}`);
  if (status.store?.problem != null) lines.push(`  store     ${status.store.problem}`);
  for (const notice of status.notices ?? []) lines.push(`  notice    ${notice}`);
  if (status.problem !== null) lines.push(`  problem   ${status.problem}`);
  return lines.join("\n");
}

/** A bridge without a pipeline has no lateness and no open windows. */
export function windowsText(status: SystemStatus): string {
  const parts = [`${status.window_ms / 1000} s`];
  if (status.allowed_lateness_ms > 0)
    parts.push(`can be corrected for ${status.allowed_lateness_ms / 1000} s`);
  if (status.open_windows > 0) parts.push(`${status.open_windows} open`);
  parts.push(`latency ${status.latency_ms === null ? "unknown so far" : `${status.latency_ms} ms`}`);
  return parts.join(", ");
}

/** Addresses of the system's servers for other programs. */
function serverLines(servers: SystemServers | undefined): string[] {
  if (servers === undefined) return [];
  const { bootstrapServers, flinkMaster, workerPool } = servers;
  return Object.entries({ Kafka: bootstrapServers, Flink: flinkMaster, workers: workerPool }).flatMap(
    ([name, address]) => (address === undefined ? [] : [`  ${name.padEnd(9)} ${address}`]),
  );
}

function partsText(parts: readonly PartStatus[]): string {
  const broken = parts.filter(({ problem }) => problem !== null);
  if (broken.length === 0) return `${parts.map(({ name }) => name).join(", ")}: all running`;
  return broken.map(({ name, problem }) => `${name} ${problem}`).join("; ");
}

function lateText(late: SystemStatus["late"]): string {
  if (late === null) return "not counted here, see muonitor audit";
  return `${late.messages} messages, ${late.rows} rows dropped`;
}

/** Lists unread messages and rows, if any. */
function unreadLines(unread: Unread | undefined): string[] {
  const { raw_messages: messages, window_rows: rows } = unread ?? {};
  const parts = [
    ...((messages ?? 0) > 0 ? [`${messages} messages of the raw topic`] : []),
    ...((rows ?? 0) > 0 ? [`${rows} rows in unread windows`] : []),
  ];
  return parts.length === 0 ? [] : [`  unread    ${parts.join(", ")}: a topic was recreated`];
}

function hopText({ last_ms, rate_hz, unit }: HopStatus, nowMs: number): string {
  const age = last_ms === null ? "nothing yet" : `${((nowMs - last_ms) / 1000).toFixed(1)} s ago`;
  return rate_hz === null ? age : `${age}, ${rate_hz.toFixed(1)} ${unit}/s`;
}

function duration(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return parts.map((part) => String(part).padStart(2, "0")).join(":");
}
