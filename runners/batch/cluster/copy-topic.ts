/**
 * Copies a fixed range of a topic to local pieces. The offsets are determined before reading begins; records that
 * arrive later are excluded.
 */
import {
  isKeepAlive,
  MuonitorError,
  type RawRecord,
  type ResultSpan,
} from "../../../pipeline/model/index.js";
import { packRecords } from "../../../pipeline/steps/index.js";
import {
  asAdmin,
  partitionRanges,
  readRanges,
  offsetsOf,
  requireTopic,
  readableEnds,
  type KafkaAccess,
  type OffsetRange,
  placeIn,
  type PartitionPositions,
  type TopicRecord,
} from "../../kafka/index.js";
import { StagingFile, type PieceDraft } from "./staging.js";
import { fullTimeRangeOf, type ReadRange } from "./full-time-range.js";

export interface CopyOptions {
  access: KafkaAccess;
  topic: string;
  from: PartitionPositions;
  to: PartitionPositions;
  /** Folder for the staged pieces. */
  folder: string;
  pieceBytes: number;
  windowMs: number;
  /** Called with the number of bytes copied so far. */
  progress: (bytes: number) => void;
  signal: AbortSignal;
}

export interface TopicCopy {
  pieces: PieceDraft[];
  /** Range of the arrival-time windows that lie completely in the copied range. */
  span: ResultSpan;
}

interface Cut extends ReadRange {
  partition: number;
}

const noValue = new Uint8Array(0);

export async function copyTopic(options: CopyOptions): Promise<TopicCopy> {
  const settledMs = Date.now();
  const cuts = await asAdmin(options.access, async (admin) => {
    await requireTopic(admin, options.topic);
    const ends = new Map((await offsetsOf(admin, options.topic)).map((end) => [end.partition, end]));
    const ranges = await partitionRanges(admin, options.topic, options.from, options.to);
    return ranges.map(({ partition, from, to }) => ({
      ...{ partition, from, to, firstMs: null, lastMs: null },
      low: BigInt(ends.get(partition)?.low ?? from),
      high: BigInt(ends.get(partition)?.high ?? to),
      fromPlace: placeIn(options.from, partition),
      toPlace: placeIn(options.to, partition),
    }));
  });
  const file = new StagingFile(options.folder, "topic", `topic ${options.topic}`);
  const readable = await readableEnds(options.access, options.topic);
  try {
    checkAllRead(options, await new Copy(options, file, cuts).run(), readable);
  } finally {
    file.close();
  }
  await checkStillThere(options, cuts);
  return { pieces: file.pieces, span: fullTimeRangeOf(cuts, options.windowMs, settledMs) };
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

  /** @returns the ranges without a readable record */
  async run(): Promise<OffsetRange[]> {
    const { access, topic, signal } = this.options;
    const take = (record: TopicRecord): boolean => this.take(record);
    const unread = await readRanges({ access, topic, ranges: this.cuts, signal, take });
    this.flush();
    return unread;
  }

  private take({ partition, key, value, timestampMs }: TopicRecord): boolean {
    const record: RawRecord = { key, value: value ?? noValue, timestampMs, partition };
    const cut = this.byPartition.get(partition) as Cut;
    cut.firstMs ??= timestampMs;
    cut.lastMs = timestampMs;
    if (isKeepAlive(key)) return true;
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

/**
 * Transaction markers, aborted records and compacted records are not a loss; records after an open transaction are.
 */
function checkAllRead(
  { topic }: CopyOptions,
  unread: readonly OffsetRange[],
  readable: ReadonlyMap<number, bigint>,
): void {
  for (const { partition, to } of unread) {
    const end = readable.get(partition) ?? to;
    if (end < to)
      throw new MuonitorError(
        `topic ${topic}: a transaction is open in partition ${partition}, so records from offset ${end} on cannot be read ` +
          `yet: try again when it has ended, or exclude them with --to ${partition}=${end}`,
      );
  }
}

/** Kafka skips deleted records without notice. */
async function checkStillThere(options: CopyOptions, cuts: readonly Cut[]): Promise<void> {
  const ends = await asAdmin(options.access, (admin) => offsetsOf(admin, options.topic));
  const lows = new Map(ends.map(({ partition, low }) => [partition, BigInt(low)]));
  for (const { partition, from, to } of cuts) {
    const low = lows.get(partition) ?? 0n;
    if (from < to && low > from)
      throw new MuonitorError(
        `topic ${options.topic}: records of partition ${partition} from offset ${from} on were deleted during the copy; begin at a later offset or increase retention.ms`,
      );
  }
}
