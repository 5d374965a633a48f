/**
 * Segments of a bounded run, stored for its driver: one file per window and orbit shard, JSON Lines by ascending
 * orbit. Each attempt writes its own file, which gets its final name when complete; the driver reads one file per
 * shard.
 */
import { randomUUID } from "node:crypto";
import { closeSync, openSync, readdirSync, readSync, renameSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { MuonSegment } from "../model/index.js";
import { orderOf, type SegmentReceiver, type ShardKey, type WindowKey } from "../steps/index.js";

const completeSuffix = ".segments";
const bufferBytes = 1 << 16;

/** Writes the segments of one window and shard; creates the file with the first segment. */
export class SegmentFile {
  private readonly path: string;
  private file: number | null = null;
  private lines: string[] = [];
  private waiting = 0;

  constructor(folder: string, { shard, ...window }: ShardKey) {
    this.path = join(folder, `${nameOf(window)}_${shard}_${randomUUID()}`);
  }

  readonly receive: SegmentReceiver = (orbit, segments) => {
    for (const at of orderOf(segments)) {
      const line = `${JSON.stringify(segments.extract(at, orbit))}\n`;
      this.lines.push(line);
      this.waiting += line.length;
    }
    if (this.waiting >= bufferBytes) this.flush();
  };

  private flush(): void {
    if (this.lines.length === 0) return;
    this.file ??= openSync(`${this.path}.part`, "wx", 0o600);
    const bytes = Buffer.from(this.lines.join(""));
    for (let at = 0; at < bytes.length;) at += writeSync(this.file, bytes, at, bytes.length - at);
    this.lines = [];
    this.waiting = 0;
  }

  complete(): void {
    this.flush();
    if (this.file === null) return;
    closeSync(this.file);
    renameSync(`${this.path}.part`, `${this.path}${completeSuffix}`);
  }
}

/** Reads the segments window by window. */
export class SegmentReader {
  /** One file per shard, by window name. */
  private windows = new Map<string, Map<string, string>>();

  /** @param isComplete whether the folder gets no further files */
  constructor(
    private readonly folder: string,
    private readonly isComplete: boolean,
  ) {
    if (isComplete) this.list();
  }

  private list(): void {
    this.windows = new Map();
    for (const name of readdirSync(this.folder).sort()) {
      if (!name.endsWith(completeSuffix)) continue;
      const [window, shard] = name.split("_") as [string, string];
      const shards = this.windows.get(window) ?? new Map<string, string>();
      if (!shards.has(shard)) shards.set(shard, join(this.folder, name));
      this.windows.set(window, shards);
    }
  }

  /** By orbit, chamber and t0. The files of a window are deleted once it has been read completely. */
  *segmentsOf(window: WindowKey): Generator<MuonSegment> {
    if (!this.isComplete) this.list();
    const paths = [...(this.windows.get(nameOf(window))?.values() ?? [])];
    const shards = paths.map((path) => linesOf(path));
    const heads = shards.map((lines) => lines.next().value);
    for (;;) {
      const first = lowest(heads);
      if (first < 0) break;
      const { orbit } = heads[first] as MuonSegment;
      for (; heads[first]?.orbit === orbit; heads[first] = shards[first]?.next().value) yield heads[first];
    }
    for (const path of paths) rmSync(path, { force: true });
  }
}

function nameOf({ windowStartMs, run }: WindowKey): string {
  return run === null ? String(windowStartMs) : `${windowStartMs}-run${run}`;
}

function lowest(heads: readonly (MuonSegment | undefined)[]): number {
  let first = -1;
  heads.forEach((head, i) => {
    if (head !== undefined && (first < 0 || head.orbit < (heads[first] as MuonSegment).orbit)) first = i;
  });
  return first;
}

function* linesOf(path: string): Generator<MuonSegment, undefined> {
  const file = openSync(path, "r");
  try {
    const block = Buffer.alloc(bufferBytes);
    let rest = "";
    for (let count = readSync(file, block); count > 0; count = readSync(file, block)) {
      // JSON of numbers is ASCII: no character is split.
      const lines = (rest + block.toString("latin1", 0, count)).split("\n");
      rest = lines.pop() as string;
      for (const line of lines) yield JSON.parse(line) as MuonSegment;
    }
    return undefined;
  } finally {
    closeSync(file);
  }
}
