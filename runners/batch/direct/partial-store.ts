/**
 * Partial results of a bounded run, by window: in memory as long as they are few, then in a temporary file. Of each
 * only 28 bytes stay in memory.
 */
import { SpillFile } from "../../../pipeline/beam/index.js";
import type { Partial } from "../../../pipeline/steps/index.js";

/** Columns of the index; all of shape (length). */
interface Index {
  windowIds: Float64Array;
  shards: Uint32Array;
  offsets: Float64Array;
  lengths: Uint32Array;
}

const indexOf = (capacity: number): Index => ({
  windowIds: new Float64Array(capacity),
  shards: new Uint32Array(capacity),
  offsets: new Float64Array(capacity),
  lengths: new Uint32Array(capacity),
});

/** Memory that an array of bytes takes beside its buffer; small partial results have little else. */
const objectBytes = 256;

/** A window number and an entry of the index in one double: up to 8 million windows. */
const entriesPerWindow = 2 ** 30;

export class PartialStore {
  private index = indexOf(1024);
  private length = 0;
  private inMemory: Uint8Array[] = [];
  private bytesInMemory = 0;
  private file: SpillFile | null = null;

  /**
   * @param folder where the temporary file is made when one is needed
   * @param memoryBytes how much is kept in memory before
   */
  constructor(
    private readonly windowMs: number,
    private readonly folder: string,
    private readonly memoryBytes: number,
  ) {}

  add({ windowStartMs, shard, bytes }: Partial): void {
    if (this.length === this.index.lengths.length) this.grow();
    const { windowIds, shards, offsets, lengths } = this.index;
    const entry = this.length++;
    windowIds[entry] = windowStartMs / this.windowMs;
    shards[entry] = shard;
    lengths[entry] = bytes.length;
    if (this.file === null) {
      this.inMemory.push(bytes);
      this.bytesInMemory += bytes.buffer.byteLength + objectBytes;
      if (this.bytesInMemory > this.memoryBytes) this.spill();
    } else {
      offsets[entry] = this.file.append(bytes);
    }
  }

  private grow(): void {
    const larger = indexOf(this.length * 2);
    for (const column of ["windowIds", "shards", "offsets", "lengths"] as const)
      larger[column].set(this.index[column]);
    this.index = larger;
  }

  private spill(): void {
    const file = (this.file = new SpillFile(this.folder));
    this.inMemory.forEach((bytes, entry) => (this.index.offsets[entry] = file.append(bytes)));
    this.inMemory = [];
  }

  /** The partial results of `windowsPerGroup` windows at a time, windows ascending. */
  *groups(windowsPerGroup: number): Generator<Partial[]> {
    const order = this.sortedEntries();
    let group: Partial[] = [];
    let windows = 0;
    let previousId = NaN;
    for (const key of order) {
      const id = Math.floor(key / entriesPerWindow);
      if (id !== previousId) {
        if (windows === windowsPerGroup) {
          yield group;
          group = [];
          windows = 0;
        }
        windows += 1;
        previousId = id;
      }
      group.push(this.partialAt(key - id * entriesPerWindow));
    }
    if (group.length > 0) yield group;
  }

  /** Entries by window, its number counted from the first: those of arrival time are large. */
  private sortedEntries(): Float64Array {
    const keys = this.index.windowIds.slice(0, this.length);
    const first = keys.reduce((least, id) => Math.min(least, id), Infinity);
    return keys.map((id, entry) => (id - first) * entriesPerWindow + entry).sort();
  }

  private partialAt(entry: number): Partial {
    const { windowIds, shards, offsets, lengths } = this.index;
    const bytes =
      this.file === null
        ? (this.inMemory[entry] as Uint8Array)
        : this.file.referenceTo(offsets[entry] as number, lengths[entry] as number);
    return {
      windowStartMs: (windowIds[entry] as number) * this.windowMs,
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
