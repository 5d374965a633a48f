/**
 * Records of the side tally of a streaming job: the messages and rows that its bundles have read, by window, including
 * those dropped as late. Each record is an increment; the increments of a job are summed. A job that resumes from a
 * checkpoint repeats the panes emitted since that checkpoint, with the same numbers but different boundaries.
 */

import type { JobOrigin } from "./start-times.js";

/** Messages and rows that bundles have read of one window. */
export interface WindowTally {
  start_ms: number;
  messages: number;
  rows: number;
}

export interface TallyPane {
  /** Name of the telescope. */
  stream: string;
  /** Increases by one with each record; starts at 0 if the job began without a savepoint. */
  pane: number;
  windows: WindowTally[];
  /** Identity of the worker process that wrote the record. The worker of a replaced task may still write records. */
  worker?: string;
  /** Origin of the job, for another job that resumes from its savepoint. */
  origin?: JobOrigin;
}

/** Name of the topic of the tally beside a topic of results. */
export function tallyTopicOf(cleanTopic: string): string {
  return `${cleanTopic}_tally`;
}

/**
 * JSON. `raw` is the identity of the topic of rows, `partials` the format of partial results, `windows` a list of
 * [start_ms, messages, rows], the origin as [whole from, published from, partitions].
 */
export function encodeTallyPane({ stream, pane, windows, worker, origin }: TallyPane): string {
  const rows = windows.map(({ start_ms, messages, rows }) => [start_ms, messages, rows]);
  const numbers = origin && [origin.begin.wholeFromMs, origin.begin.publishFromMs, origin.partitions];
  const { rawId: raw, partialFormat: partials } = origin ?? {};
  return JSON.stringify({ tally: 1, stream, pane, windows: rows, worker, origin: numbers, raw, partials });
}

/** The pane in a record that {@link encodeTallyPane} made; null for any other. */
export function decodeTallyPane(json: string): TallyPane | null {
  const {
    tally,
    stream,
    pane,
    windows,
    worker,
    origin: numbers,
    raw,
    partials,
  } = parsed(json) as Record<string, unknown>;
  if (tally !== 1 || typeof stream !== "string" || !isCount(pane) || !Array.isArray(windows)) return null;
  const tallies: WindowTally[] = [];
  for (const entry of windows as unknown[]) {
    if (!Array.isArray(entry) || entry.length !== 3) return null;
    const [start_ms, messages, rows] = entry as unknown[];
    if (!Number.isSafeInteger(start_ms) || !isCount(messages) || !isCount(rows)) return null;
    tallies.push({ start_ms: start_ms as number, messages, rows });
  }
  const origin = originOf(numbers, raw, partials);
  return {
    stream,
    pane,
    windows: tallies,
    ...(typeof worker === "string" && { worker }),
    ...(origin && { origin }),
  };
}

/** Null for a record without an origin. */
function originOf(numbers: unknown, raw: unknown, partials: unknown): JobOrigin | null {
  if (!Array.isArray(numbers) || numbers.length !== 3 || !numbers.every(Number.isSafeInteger)) return null;
  const [wholeFromMs, publishFromMs, partitions] = numbers as [number, number, number];
  const begin = { wholeFromMs, publishFromMs };
  return {
    begin,
    partitions,
    ...(typeof raw === "string" && { rawId: raw }),
    ...(isCount(partials) && { partialFormat: partials }),
  };
}

function parsed(json: string): object {
  try {
    return Object(JSON.parse(json)) as object;
  } catch {
    return {};
  }
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
