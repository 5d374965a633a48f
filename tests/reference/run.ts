/** Whole runs: files in detector time, records in arrival time. */
import type { Ledger } from "../../pipeline/model/ledger.js";
import type { RawRecord } from "../../pipeline/model/record.js";
import { decodeFile, decodeMessage, type FileFormat, type MessageFormat } from "./decode.js";
import { detectorWindowOf } from "./place.js";
import type { Decoded } from "./row.js";
import { sourcesOf } from "./sources.js";
import { ledgerOf, summarise, type ReferenceMessage } from "./summarise.js";

export interface ReferenceInput {
  bytes: Uint8Array;
  format: FileFormat;
}

export interface ReferenceRun {
  /** Messages in window order. */
  messages: ReferenceMessage[];
  /** Ledger of the whole run, including malformed rows. */
  summary: Ledger;
}

/** A bounded run over files in detector time. */
export function runFiles(files: ReferenceInput[], windowSeconds = 5): ReferenceRun {
  return runDecoded(
    files.map(({ bytes, format }) => decodeFile(bytes, format)),
    windowSeconds,
  );
}

/** A bounded run over messages of a topic in detector time. */
export function runMessages(values: Uint8Array[], format: MessageFormat, windowSeconds = 5): ReferenceRun {
  return runDecoded(
    values.map((value) => decodeMessage(value, format)),
    windowSeconds,
  );
}

function runDecoded(parts: Decoded[], windowSeconds: number): ReferenceRun {
  const windowMs = windowSeconds * 1000;
  const all = joined(parts);
  const windows = groupedBy(all.rows, (row) => detectorWindowOf(row, windowMs));
  const messages = windows.map(([id, rows]) =>
    summarise({ rows, malformed: [] }, { id, windowMs, time: "detector", sources: [] }),
  );
  return { messages, summary: ledgerOf(all) };
}

/** Streaming windows in arrival time: a message for every window with a record, including heartbeats. */
export function runRecords(
  records: RawRecord[],
  windowSeconds = 5,
  format?: MessageFormat,
): ReferenceMessage[] {
  const windowMs = windowSeconds * 1000;
  const windows = groupedBy(records, (record) => Math.floor(record.timestampMs / windowMs));
  return windows.map(([id, held]) => {
    const decoded = held.map((record) => decodeMessage(record.value, format));
    return summarise(joined(decoded), {
      id,
      windowMs,
      time: "arrival",
      sources: sourcesOf(held),
      messages: decoded.map(({ rows }) => rows),
    });
  });
}

function joined(parts: Decoded[]): Decoded {
  return { rows: parts.flatMap((part) => part.rows), malformed: parts.flatMap((part) => part.malformed) };
}

/** [number, its members], in ascending order. */
function groupedBy<T>(members: T[], numberOf: (member: T) => number): [number, T[]][] {
  const groups = new Map<number, T[]>();
  for (const member of members) {
    const group = groups.get(numberOf(member));
    if (group === undefined) groups.set(numberOf(member), [member]);
    else group.push(member);
  }
  return [...groups].sort((a, b) => a[0] - b[0]);
}
