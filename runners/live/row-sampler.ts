/**
 * Samples passing rows and keeps examples of malformed, unmapped, own and late rows for display. The number of rows inspected
 * per second is bounded at any data rate, so this is a sample, not a count.
 */
import {
  cellsPerChamber,
  channelOfCell,
  t0SourcesOf,
  unmappedWords,
  malformedReasons,
  maxSampleText,
  type ChannelConfig,
  type DetectorConfig,
  type RawRecord,
  type RowSample,
  type SampleKind,
} from "../../pipeline/model/index.js";
import { decodeMessage, RowWriter } from "../../pipeline/steps/index.js";

interface SamplerOptions {
  detector: DetectorConfig;
  windowMs: number;
  allowedLatenessMs: number;
  now: () => number;
}

type Why = readonly [kind: SampleKind, reason: string];

/** Number of rows inspected per batch, and interval between batches. */
const rowsPerLook = 250;
const lookMs = 250;
/** The rest of a longer message is not inspected. */
const maxLookedBytes = 64 << 10;
/** Maximum number of samples reported per batch. */
const maxReported = 20;

export class RowSampler {
  private readonly offsets = new Map<number, number>();
  private readonly known: ReadonlySet<string>;
  /** Reasons of the channels that the detector names although they are in no histogram, by FPGA:channel. */
  private readonly own: ReadonlyMap<string, string>;
  /** Why the last row, if it is a hit, is in no histogram. */
  private unused: Why | null = null;
  private readonly writer: RowWriter;
  private lookedMs = -Infinity;
  private left = 0;
  private found: RowSample[] = [];

  constructor(private readonly options: SamplerOptions) {
    const { detector } = options;
    const { hitHead, channelBase } = detector.readout;
    const cells = detector.chambers.flatMap((chamber) =>
      Array.from({ length: cellsPerChamber }, (_, cell) => channelOfCell(chamber, cell) ?? []).flat(),
    );
    const placeOf = ({ fpga, channel }: ChannelConfig): string => `${fpga}:${channel + channelBase}`;
    this.known = new Set([...cells, ...t0SourcesOf(detector)].map(placeOf));
    this.own = new Map([
      ...detector.internalChannels.map((one) => [placeOf(one), `internal channel ${placeOf(one)}`] as const),
      ...detector.timing.map((one) => [placeOf(one), `timing source ${one.name}`] as const),
    ]);
    this.writer = new RowWriter(({ head, fpga: [fpga = 0], channel: [channel = 0] }) => {
      this.unused = head[0] === hitHead ? this.whyUnused(fpga, channel) : null;
    });
  }

  private whyUnused(fpga: number, channel: number): Why | null {
    const place = `${fpga}:${channel}`;
    if (this.known.has(place)) return null;
    const own = this.own.get(place);
    return own === undefined ? ["unmapped", unmappedWords(fpga, channel)] : ["own", own];
  }

  /** Passes records through and inspects some of them. */
  *watch(records: Iterable<RawRecord>): Generator<RawRecord> {
    const now = this.now();
    for (const record of records) {
      const offset = this.offsets.get(record.partition) ?? 0;
      this.offsets.set(record.partition, offset + 1);
      this.lookAt(record, String(offset), now);
      yield record;
    }
  }

  /** Inspects a record of a topic that assigns its own offsets. */
  look(record: RawRecord, offset: string): void {
    this.lookAt(record, offset, this.now());
  }

  /** Returns the time, and starts a new batch when one is due. */
  private now(): number {
    const now = this.options.now();
    if (now - this.lookedMs >= lookMs) {
      this.lookedMs = now;
      this.left = rowsPerLook;
    }
    return now;
  }

  /** Samples found since the last call. */
  take(): RowSample[] {
    const { found } = this;
    this.found = [];
    return found;
  }

  private lookAt(record: RawRecord, offset: string, now: number): void {
    if (this.left <= 0 || record.value.length === 0) return;
    const isLate = this.isLate(record.timestampMs, now);
    for (const line of linesOf(record.value)) {
      if (this.left <= 0 || this.found.length >= maxReported) return;
      this.left -= 1;
      const why = isLate ? (["late", "after the allowed lateness"] as const) : this.fault(line);
      if (why === null) continue;
      const [kind, reason] = why;
      const { partition, timestampMs } = record;
      const text = textOf(line);
      this.found.push({ kind, reason, text, partition, offset, record_ms: timestampMs, seen_ms: now });
      // One row represents all rows of a late message.
      if (isLate) return;
    }
  }

  /** Same decision as the pipeline's, except for the small delay of its watermark. */
  private isLate(timestampMs: number, now: number): boolean {
    const { windowMs, allowedLatenessMs } = this.options;
    return (Math.floor(timestampMs / windowMs) + 1) * windowMs + allowedLatenessMs <= now - 100;
  }

  private fault(line: Uint8Array): Why | null {
    this.unused = null;
    this.writer.malformed.fill(0);
    decodeMessage(line, 0, line.length, this.writer);
    this.writer.flush();
    const reason = malformedReasons[this.writer.malformed.findIndex((count) => count > 0)];
    return reason === undefined ? this.unused : ["malformed", reason];
  }
}

/** The lines of a message; a JSON value counts as one line. */
function* linesOf(value: Uint8Array): Generator<Uint8Array> {
  const first = value[0];
  if (first === 0x7b || first === 0x5b) {
    yield value.subarray(0, maxLookedBytes);
    return;
  }
  const end = Math.min(value.length, maxLookedBytes);
  for (let from = 0; from < end;) {
    const at = value.indexOf(10, from);
    const to = at < 0 ? end : at;
    if (to > from) yield value.subarray(from, to);
    from = to + 1;
  }
}

/** Printable ASCII unchanged, all other bytes as \xNN. */
function textOf(line: Uint8Array): string {
  let text = "";
  for (const byte of line.subarray(0, maxSampleText)) {
    const plain = byte >= 32 && byte < 127 && byte !== 92;
    text += plain ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, "0")}`;
  }
  return text.slice(0, maxSampleText);
}
