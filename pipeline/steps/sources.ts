/**
 * Messages of each producer in a window: ranges of sequence numbers by source, epoch and partition. Merging is exact
 * in any order: duplicates = all messages - distinct messages.
 */
import { decodeSequenceKey, maxSourceRanges, type SourceRanges } from "../model/index.js";
import type { ByteReader, ByteWriter } from "./bytes.js";

/** Messages of one source, epoch and partition. */
interface SourceTally {
  id: string;
  epoch: number;
  partition: number;
  messages: number;
  /** Closed ranges [first, last], in any order, possibly overlapping. */
  ranges: [number, number][];
}

/** Tallies by `id:epoch:partition`. */
export type Sources = Map<string, SourceTally>;

const colon = 58;
const zero = 48;

/** Counts message keys; caches recent sources, because the keys of one producer differ only in the number. */
export class SourceCounter {
  readonly sources: Sources = new Map();
  private readonly known: { prefix: Uint8Array; tally: SourceTally }[] = [];
  private next = 0;

  /** Counts a message by its key; keys of foreign producers and null are ignored. */
  add(key: Uint8Array | null): void {
    if (key === null || key.length === 0) return;
    for (let tries = 0; tries < this.known.length; tries += 1) {
      const index = (this.next + tries) % this.known.length;
      const { prefix, tally } = this.known[index] as { prefix: Uint8Array; tally: SourceTally };
      const sequence = sequenceAfter(key, prefix);
      if (sequence < 0) continue;
      this.next = index + 1;
      addSequence(tally, sequence);
      return;
    }
    this.addUnknown(key);
  }

  private addUnknown(key: Uint8Array): void {
    const parsed = decodeSequenceKey(new TextDecoder().decode(key));
    if (parsed === null) return;
    const tally = tallyOf(this.sources, parsed.id, parsed.epoch, parsed.partition);
    addSequence(tally, parsed.sequence);
    const prefix = new Uint8Array(key.subarray(0, key.lastIndexOf(colon) + 1));
    if (this.known.length < 64) this.known.push({ prefix, tally });
  }
}

/** The number after the prefix; -1 when the key lacks the prefix or a plain number of up to 15 digits. */
function sequenceAfter(key: Uint8Array, prefix: Uint8Array): number {
  const digits = key.length - prefix.length;
  if (digits < 1 || digits > 15) return -1;
  for (let i = prefix.length - 1; i >= 0; i -= 1) if (key[i] !== prefix[i]) return -1;
  let value = 0;
  for (let i = prefix.length; i < key.length; i += 1) {
    const digit = (key[i] as number) - zero;
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
  }
  return value;
}

function tallyOf(sources: Sources, id: string, epoch: number, partition: number): SourceTally {
  const name = `${id}:${epoch}:${partition}`;
  let tally = sources.get(name);
  if (tally === undefined) sources.set(name, (tally = { id, epoch, partition, messages: 0, ranges: [] }));
  return tally;
}

function addSequence(tally: SourceTally, sequence: number): void {
  tally.messages += 1;
  const last = tally.ranges[tally.ranges.length - 1];
  if (last !== undefined && sequence === last[1] + 1) last[1] = sequence;
  else tally.ranges.push([sequence, sequence]);
}

export function mergeSources(into: Sources, from: Sources): void {
  for (const { id, epoch, partition, messages, ranges } of from.values()) {
    const tally = tallyOf(into, id, epoch, partition);
    tally.messages += messages;
    tally.ranges = unionOf([...tally.ranges, ...ranges]);
  }
}

/** Ascending, disjoint, non-adjacent ranges of the same numbers. */
function unionOf(ranges: [number, number][]): [number, number][] {
  const union: [number, number][] = [];
  for (const [first, last] of ranges.sort((a, b) => a[0] - b[0])) {
    const before = union[union.length - 1];
    if (before !== undefined && first <= before[1] + 1) before[1] = Math.max(before[1], last);
    else union.push([first, last]);
  }
  return union;
}

/** The sources of a message: sorted by id, epoch and partition, at most {@link maxSourceRanges} ranges each. */
export function extractSources(sources: Sources): SourceRanges[] {
  const sorted = [...sources.values()].sort(
    (a, b) => compareText(a.id, b.id) || a.epoch - b.epoch || a.partition - b.partition,
  );
  return sorted.map(({ id, epoch, partition, messages, ranges }) => {
    const union = unionOf(ranges.map(([first, last]) => [first, last]));
    const distinct = union.reduce((sum, [first, last]) => sum + last - first + 1, 0);
    const cut = union.length > maxSourceRanges ? { truncated: true as const } : {};
    return {
      id,
      epoch,
      partition,
      ranges: union.slice(0, maxSourceRanges),
      duplicates: messages - distinct,
      ...cut,
    };
  });
}

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

export function writeSources(writer: ByteWriter, sources: Sources): void {
  writer.varint(sources.size);
  for (const { id, epoch, partition, messages, ranges } of sources.values()) {
    writer.text(id);
    for (const value of [epoch, partition, messages, ranges.length]) writer.varint(value);
    for (const [first, last] of ranges) {
      writer.varint(first);
      writer.varint(last - first);
    }
  }
}

export function readSources(reader: ByteReader): Sources {
  const sources: Sources = new Map();
  for (let left = reader.varint(); left > 0; left -= 1) {
    const tally = tallyOf(sources, reader.text(), reader.varint(), reader.varint());
    tally.messages = reader.varint();
    for (let ranges = reader.varint(); ranges > 0; ranges -= 1) {
      const first = reader.varint();
      tally.ranges.push([first, first + reader.varint()]);
    }
  }
  return sources;
}
