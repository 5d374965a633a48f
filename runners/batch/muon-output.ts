/** `process --muons FILE`: every segment of a run as CSV or JSON Lines, in the order window, orbit, chamber, t0. */
import type { SegmentReader } from "../../pipeline/beam/index.js";
import type { MuonSegment } from "../../pipeline/model/index.js";
import type { WindowKey } from "../../pipeline/steps/index.js";

const header = "orbit,chamber,hits,t0_ns,x_mm,tan,residual_mm,timing_ns\n";
/** Size of one write. */
const chunkLength = 1 << 16;

/** Writes text in order. */
interface TextSink {
  /** Resolves when it can accept more text. */
  write(text: string): Promise<void>;
  /** Completes the output. */
  close(): Promise<void>;
}

export class MuonOutput {
  private readonly isCsv: boolean;
  private isBegun = false;

  constructor(
    path: string,
    private readonly output: TextSink,
  ) {
    this.isCsv = path.toLowerCase().endsWith(".csv");
  }

  /** Writes the segments of a window; called in window order. */
  async window(reader: SegmentReader, window: WindowKey): Promise<void> {
    let text = this.begin();
    // Orbit numbers repeat between runs. JSON includes the run; the CSV columns are fixed.
    const run = window.run === null ? {} : { run: window.run };
    for (const segment of reader.segmentsOf(window)) {
      text += this.isCsv ? csvLine(segment) : `${JSON.stringify({ ...segment, ...run })}\n`;
      if (text.length < chunkLength) continue;
      await this.output.write(text);
      text = "";
    }
    if (text !== "") await this.output.write(text);
  }

  private begin(): string {
    const text = this.isCsv && !this.isBegun ? header : "";
    this.isBegun = true;
    return text;
  }

  async close(): Promise<void> {
    const text = this.begin();
    if (text !== "") await this.output.write(text);
    await this.output.close();
  }
}

function csvLine(segment: MuonSegment): string {
  const { orbit, chamber, cells, t0_ns, x_mm, tan, residual_mm, timing_ns } = segment;
  const hits = cells.filter((cell) => cell !== null).length;
  return `${[orbit, chamber, hits, t0_ns, x_mm, tan, residual_mm, timing_ns ?? ""].join(",")}\n`;
}
