/** The messages of Muonitor's producers in a window, from the Kafka keys. */
import type { RawRecord } from "../../pipeline/model/record.js";
import type { SourceRanges } from "../../pipeline/model/message.js";

const keyPattern = /^m1:([^:]+):([0-9]+):([0-9]+):([0-9]+)$/;
const mostRanges = 64;

interface Source {
  id: string;
  epoch: number;
  partition: number;
  sequences: number[];
}

export function sourcesOf(records: RawRecord[]): SourceRanges[] {
  const sources = new Map<string, Source>();
  for (const record of records) {
    const match = keyPattern.exec(Buffer.from(record.key ?? []).toString("utf8"));
    if (match === null) continue;
    const [id, epoch, partition, sequence] = [match[1] ?? "", ...match.slice(2).map(Number)] as const;
    addSequence(sources, { id, epoch: epoch ?? 0, partition: partition ?? 0, sequences: [sequence ?? 0] });
  }
  return [...sources.values()].sort(bySource).map(rangesOf);
}

function addSequence(sources: Map<string, Source>, found: Source): void {
  const name = JSON.stringify([found.id, found.epoch, found.partition]);
  const known = sources.get(name);
  if (known === undefined) sources.set(name, found);
  else known.sequences.push(...found.sequences);
}

function bySource(a: Source, b: Source): number {
  if (a.id !== b.id) return a.id < b.id ? -1 : 1;
  return a.epoch - b.epoch || a.partition - b.partition;
}

function rangesOf({ id, epoch, partition, sequences }: Source): SourceRanges {
  const sorted = [...new Set(sequences)].sort((a, b) => a - b);
  const ranges: [number, number][] = [];
  for (const sequence of sorted) {
    const last = ranges.at(-1);
    if (last !== undefined && last[1] + 1 === sequence) last[1] = sequence;
    else ranges.push([sequence, sequence]);
  }
  const duplicates = sequences.length - sorted.length;
  const source: SourceRanges = { id, epoch, partition, ranges: ranges.slice(0, mostRanges), duplicates };
  return ranges.length > mostRanges ? { ...source, truncated: true } : source;
}
