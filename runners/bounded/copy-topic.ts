/**
 * A fixed range of a topic, brought to local pieces: which offsets are read is settled before the first is, so records
 * that come meanwhile do not count.
 */
import type { WindowFacts } from "../../pipeline/beam/index.js";
import { MuonitorError, windowIdAt, type RawRecord } from "../../pipeline/model/index.js";
import { packRecords } from "../../pipeline/steps/index.js";
import {
  asAdmin,
  partitionRanges,
  readRanges,
  requireTopic,
  type KafkaAccess,
  type OffsetRange,
  type PartitionPositions,
  type TopicRecord,
} from "../kafka/index.js";
import { StagingFile, type PieceDraft } from "./staging.js";

export interface CopyOptions {
  access: KafkaAccess;
  topic: string;
  from: PartitionPositions;
  to: PartitionPositions;
  /** Where the pieces are staged. */
  folder: string;
  pieceBytes: number;
  windowMs: number;
  /** Bytes that were copied so far. */
  progress: (bytes: number) => void;
  signal: AbortSignal;
}

export interface TopicCopy {
  pieces: PieceDraft[];
  /** Windows of arrival time that the ends of the range cut, by start. */
  facts: Record<string, WindowFacts>;
}

/** A range, and what lies before and after it. */
interface Cut extends OffsetRange {
  /** From this time on no earlier record is left out: infinite when all or none of the windows are whole. */
  wholeFromMs: number;
  wholeToMs: number;
  firstMs: number | null;
  lastMs: number | null;
}

const noValue = new Uint8Array(0);

export async function copyTopic(options: CopyOptions): Promise<TopicCopy> {
  const settledMs = Date.now();
  const cuts = await asAdmin(options.access, async (admin) => {
    await requireTopic(admin, options.topic);
    const ranges = await partitionRanges(admin, options.topic, options.from, options.to);
    const highs = await highOffsets(options);
    return ranges.map((range) => cutOf(range, highs.get(range.partition) ?? range.to, options));
  });
  const file = new StagingFile(options.folder, "topic", `topic ${options.topic}`);
  try {
    await new Copy(options, file, cuts).run();
  } finally {
    file.close();
  }
  await checkStillThere(options, cuts);
  return { pieces: file.pieces, facts: cutWindows(cuts, options.windowMs, settledMs) };
}

function cutOf(range: OffsetRange, high: bigint, { from, to }: CopyOptions): Cut {
  return {
    ...range,
    wholeFromMs: range.from === 0n ? -Infinity : timeOf(from, range.partition, Infinity),
    wholeToMs: range.to >= high ? Infinity : timeOf(to, range.partition, -Infinity),
    firstMs: null,
    lastMs: null,
  };
}

function timeOf({ others, named }: PartitionPositions, partition: number, otherwise: number): number {
  const position = named.get(partition) ?? others;
  return position.kind === "time" ? position.ms : otherwise;
}

function offsetsOf({
  access,
  topic,
}: CopyOptions): Promise<{ partition: number; low: string; high: string }[]> {
  return asAdmin(access, (admin) => admin.fetchTopicOffsets(topic));
}

async function highOffsets(options: CopyOptions): Promise<Map<number, bigint>> {
  return new Map((await offsetsOf(options)).map(({ partition, high }) => [partition, BigInt(high)]));
}

class Copy {
  private batch: RawRecord[] = [];
  private batchBytes = 0;
  private readonly byPartition: Map<number, Cut>;

  constructor(
    private readonly options: CopyOptions,
    private readonly file: StagingFile,
    private readonly cuts: readonly Cut[],
  ) {
    this.byPartition = new Map(cuts.map((cut) => [cut.partition, cut]));
  }

  async run(): Promise<void> {
    const { access, topic, signal } = this.options;
    await readRanges({ access, topic, ranges: this.cuts, signal, take: (record) => this.take(record) });
    this.flush();
  }

  private take({ partition, key, value, timestampMs }: TopicRecord): boolean {
    const record: RawRecord = { key, value: value ?? noValue, timestampMs, partition };
    const cut = this.byPartition.get(partition) as Cut;
    cut.firstMs ??= timestampMs;
    cut.lastMs = timestampMs;
    this.batch.push(record);
    this.batchBytes += record.value.length + (key?.length ?? 0) + recordHeadBytes;
    if (this.batchBytes >= this.options.pieceBytes) this.flush();
    return true;
  }

  private flush(): void {
    this.file.add(packRecords(this.batch), "records");
    this.options.progress(this.file.length);
    this.batch = [];
    this.batchBytes = 0;
  }
}

const recordHeadBytes = 20;

/** Kafka skips what it has deleted without a word. */
async function checkStillThere(options: CopyOptions, cuts: readonly Cut[]): Promise<void> {
  const lows = new Map((await offsetsOf(options)).map(({ partition, low }) => [partition, BigInt(low)]));
  for (const { partition, from, to } of cuts) {
    const low = lows.get(partition) ?? 0n;
    if (from < to && low > from)
      throw new MuonitorError(
        `topic ${options.topic}: records of partition ${partition} from offset ${from} on were deleted while they were read; begin later or keep them longer (retention.ms)`,
      );
  }
}

/** The window in which a partition's range begins after other records, or ends before others, is not whole. */
function cutWindows(cuts: readonly Cut[], windowMs: number, settledMs: number): Record<string, WindowFacts> {
  const startOf = (timeMs: number): number => windowIdAt(timeMs, windowMs) * windowMs;
  // What is sent from now on falls into this window or later.
  const starts = [startOf(settledMs)];
  for (const { wholeFromMs, wholeToMs, firstMs, lastMs } of cuts) {
    if (firstMs !== null && startOf(firstMs) < wholeFromMs) starts.push(startOf(firstMs));
    if (lastMs !== null && startOf(lastMs) + windowMs > wholeToMs) starts.push(startOf(lastMs));
  }
  return Object.fromEntries(starts.map((start) => [String(start), { partial: true, revision: 0 }]));
}
