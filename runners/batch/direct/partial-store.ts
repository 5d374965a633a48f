/**
 * Stores partial results of a bounded run by window: in memory up to a limit, then in a temporary file. The index takes
 * 36 bytes of memory per partial result.
 */
import { SpillFile } from "../../../pipeline/beam/spill.js";
import type { Partial } from "../../../pipeline/steps/index.js";

/** Columns of the index, each of shape (length). */
interface Index {
  windowIds: Float64Array;
  /** Run of the window; -1 if unknown. */
  runs: Float64Array;
  shards: Uint32Array;
  offsets: Float64Array;
  lengths: Uint32Array;
}

const indexOf = (capacity: number): Index => ({
  windowIds: new Float64Array(capacity),
  runs: new Float64Array(capacity),
  shards: new Uint32Array(capacity),
  offsets: new Float64Array(capacity),
  lengths: new Uint32Array(capacity),
});

/** Memory overhead of a byte array; it dominates for small partial results. */
const objectBytes = 256;

/** A window number and an entry of the index in one double: up to 8 million windows. */
const entriesPerWindow = 2 ** 30;

export class PartialStore {
  private index = indexOf(1024);
  private length = 0;
  private inMemory: Uint8Array[] = [];
  private bytesInMemory = 0;
  private file: SpillFile | null = null;
  private hasRuns = false;

  /**
   * @param folder folder for the temporary file
   * @param memoryBytes limit of the bytes in memory
   */
  constructor(
    private readonly windowMs: number,
    private readonly folder: string,
    private readonly memoryBytes: number,
  ) {}

  add({ windowStartMs, run, shard, bytes }: Partial): void {
    if (this.length === this.index.lengths.length) this.grow();
    const { windowIds, runs, shards, offsets, lengths } = this.index;
    const entry = this.length++;
    windowIds[entry] = windowStartMs / this.windowMs;
    runs[entry] = run ?? -1;
    this.hasRuns ||= run !== null;
    shards[entry] = shard;
    lengths[entry] = bytes.length;
    if (this.file === null) {
      this.inMemory.push(bytes);
      this.bytesInMemory += bytes.length + objectBytes;
      if (this.bytesInMemory > this.memoryBytes) this.spill();
    } else {
      offsets[entry] = this.file.append(bytes);
    }
  }

  private grow(): void {
    const larger = indexOf(this.length * 2);
    for (const column of ["windowIds", "runs", "shards", "offsets", "lengths"] as const)
      larger[column].set(this.index[column]);
    this.index = larger;
  }

  private spill(): void {
    const file = (this.file = new SpillFile(this.folder));
    this.inMemory.forEach((bytes, entry) => (this.index.offsets[entry] = file.append(bytes)));
    this.inMemory = [];
  }

  /** Groups of the partial results of whole windows, by run and window, limited in number of windows and in bytes. */
  *groups(windowsPerGroup: number, bytesPerGroup: number): Generator<Partial[]> {
    const { windowIds, runs, lengths } = this.index;
    let group: Partial[] = [];
    let [windows, bytes] = [0, 0];
    let [previousId, previousRun] = [NaN, NaN];
    for (const entry of this.sortedEntries()) {
      const [id, run] = [windowIds[entry] as number, runs[entry] as number];
      if (id !== previousId || run !== previousRun) {
        if (windows === windowsPerGroup || bytes >= bytesPerGroup) {
          yield group;
          group = [];
          windows = bytes = 0;
        }
        windows += 1;
        previousId = id;
        previousRun = run;
      }
      group.push(this.partialAt(entry));
      bytes += lengths[entry] as number;
    }
    if (group.length > 0) yield group;
  }

  private sortedEntries(): Uint32Array {
    return this.hasRuns ? this.entriesByRun() : this.entriesByWindow();
  }

  /** Entries sorted by window. Window numbers are relative to the first, because those of arrival time are large. */
  private entriesByWindow(): Uint32Array {
    const keys = this.index.windowIds.slice(0, this.length);
    const first = keys.reduce((least, id) => Math.min(least, id), Infinity);
    for (let entry = 0; entry < keys.length; entry += 1)
      keys[entry] = ((keys[entry] as number) - first) * entriesPerWindow + entry;
    keys.sort();
    const entries = new Uint32Array(keys.length);
    for (let i = 0; i < keys.length; i += 1) entries[i] = (keys[i] as number) % entriesPerWindow;
    return entries;
  }

  private entriesByRun(): Uint32Array {
    const { windowIds, runs } = this.index;
    const of = (column: Float64Array, entry: number): number => column[entry] as number;
    return Uint32Array.from({ length: this.length }, (_, entry) => entry).sort(
      (a, b) => of(runs, a) - of(runs, b) || of(windowIds, a) - of(windowIds, b) || a - b,
    );
  }

  private partialAt(entry: number): Partial {
    const { windowIds, runs, shards, offsets, lengths } = this.index;
    const run = runs[entry] as number;
    const bytes =
      this.file === null
        ? (this.inMemory[entry] as Uint8Array)
        : this.file.referenceTo(offsets[entry] as number, lengths[entry] as number);
    return {
      windowStartMs: (windowIds[entry] as number) * this.windowMs,
      run: run < 0 ? null : run,
      shard: shards[entry] as number,
      bytes,
    };
  }

  /** Removes the temporary file. */
  close(): void {
    this.file?.remove();
    this.file = null;
  }
}
