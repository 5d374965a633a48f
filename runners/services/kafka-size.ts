/**
 * Limits the size of our Kafka. Kafka limits each partition separately, so that limit follows from the number of
 * partitions; topics with their own limit keep it.
 */
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import type { KafkaAccess } from "../kafka/access.js";
import { asAdmin, ConfigResourceTypes } from "../kafka/admin.js";

interface KafkaSizeOptions extends KafkaAccess {
  /** Folder with one folder per partition. */
  dataFolder: string;
  maxBytes: number;
  log: (line: string) => void;
  everyMs?: number;
}

export const defaultKafkaMb = 5000;
/** A lower limit leaves no room for the segments of four partitions. */
export const minKafkaMb = 200;
const everyMs = 20_000;
const brokerId = "1";
/** Partitions expected before they exist: two of rows, one of windows, one of the tally. */
const usualPartitions = 4;
const nearFraction = 0.8;
/** Age limit of records. */
const ageMs = 7 * 24 * 3600 * 1000;

/** A partition on disk. */
interface PartitionFolder {
  topic: string;
  bytes: number;
  /** Whether its oldest records have been deleted. */
  isCut: boolean;
  /** Time of the last write to the oldest remaining segment, ms. */
  oldestMs: number;
}

/** Broker settings that keep the topics within a number of bytes until their partitions are counted. */
export function kafkaSizeSettings(maxBytes: number): Record<string, number> {
  return {
    "log.retention.bytes": partitionBytes(maxBytes, usualPartitions),
    "log.segment.bytes": segmentBytes(maxBytes),
    "log.retention.check.interval.ms": 15_000,
    "log.segment.delete.delay.ms": 5000,
  };
}

/** Kafka deletes whole segments: they must be small compared with the limit of a partition. */
function segmentBytes(maxBytes: number): number {
  return Math.min(64 << 20, Math.max(4 << 20, Math.floor(maxBytes / 64)));
}

/** A partition exceeds its limit by the segment being written and the one about to be deleted. */
function partitionBytes(maxBytes: number, partitions: number): number {
  const segment = segmentBytes(maxBytes);
  return Math.max(segment, Math.floor((0.95 * maxBytes) / partitions) - 2 * segment);
}

export class KafkaSize {
  /** Notice for the operator; null while all records within the age limit are kept. */
  notice: string | null = null;
  bytes = 0;
  private partitions = usualPartitions;
  private reported = "";
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly options: KafkaSizeOptions) {
    this.next();
  }

  close(): void {
    clearTimeout(this.timer);
    this.next = () => undefined;
  }

  private next(): void {
    this.timer = setTimeout(() => {
      // While Kafka is down or its disk is full, other checks report it.
      void this.look()
        .catch(() => undefined)
        .finally(() => this.next());
    }, this.options.everyMs ?? everyMs);
  }

  private async look(): Promise<void> {
    const folders = await partitionFolders(this.options.dataFolder);
    this.bytes = folders.reduce((sum, { bytes }) => sum + bytes, 0);
    this.report(folders);
    const partitions = Math.max(usualPartitions, folders.length);
    if (partitions === this.partitions) return;
    await this.setBound(partitions);
    this.partitions = partitions;
  }

  private async setBound(partitions: number): Promise<void> {
    const value = String(partitionBytes(this.options.maxBytes, partitions));
    const configEntries = [{ name: "log.retention.bytes", value }];
    const resources = [{ type: ConfigResourceTypes.BROKER, name: brokerId, configEntries }];
    await asAdmin(this.options, (admin) => admin.alterConfigs({ validateOnly: false, resources }));
  }

  private report(folders: readonly PartitionFolder[]): void {
    const { maxBytes, log } = this.options;
    const nowMs = Date.now();
    const cut = folders.filter(({ isCut, oldestMs }) => isCut && nowMs - oldestMs < 0.95 * ageMs);
    const topics = [...new Set(cut.map(({ topic }) => topic))].sort();
    const bound = `the limit of ${megabytes(maxBytes)} MB (--kafka-mb)`;
    if (topics.length > 0) {
      const keptMs = nowMs - Math.min(...cut.map(({ oldestMs }) => oldestMs));
      this.notice = `Kafka keeps ${topics.join(", ")} for ${duration(keptMs)} only: ${bound} is reached before 7 days`;
    } else if (this.bytes > nearFraction * maxBytes)
      this.notice = `Kafka holds ${megabytes(this.bytes)} MB: at ${bound} it drops the oldest records`;
    else this.notice = null;
    const kind = this.notice === null ? "" : topics.join(" ") || "near";
    if (kind !== this.reported && this.notice !== null) log(this.notice);
    this.reported = kind;
  }
}

/** The partitions of all topics except Kafka's own. */
async function partitionFolders(dataFolder: string): Promise<PartitionFolder[]> {
  const names = (await readdir(dataFolder)).filter((name) => /^[^_].*-\d+$/.test(name));
  return Promise.all(names.map((name) => partitionFolder(join(dataFolder, name), name.replace(/-\d+$/, ""))));
}

async function partitionFolder(folder: string, topic: string): Promise<PartitionFolder> {
  const segments = (await readdir(folder)).filter((name) => name.endsWith(".log")).sort();
  const facts = await Promise.all(segments.map((name) => stat(join(folder, name))));
  return {
    topic,
    bytes: facts.reduce((sum, { size }) => sum + size, 0),
    isCut: Number.parseInt(segments[0] ?? "0", 10) > 0,
    oldestMs: facts[0]?.mtimeMs ?? 0,
  };
}

const megabytes = (bytes: number): number => Math.round(bytes / 1e6);

function duration(ms: number): string {
  const hours = ms / 3_600_000;
  if (hours >= 48) return `${Math.round(hours / 24)} days`;
  return hours >= 2 ? `${Math.round(hours)} hours` : `${Math.max(1, Math.round(ms / 60_000))} minutes`;
}
