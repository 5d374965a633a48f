/** Bytes of an input, read on demand; the same interface for files, compressed files and standard input. */
import { createReadStream } from "node:fs";
import { open, stat, type FileHandle } from "node:fs/promises";
import { GzipFault, isGzipName, Unpacked, type ByteChunks } from "../../pipeline/steps/index.js";

export interface ByteStream {
  /**
   * Fills the beginning of `target`; returns the number of bytes, 0 only at the end.
   * @throws GzipFault for an unreadable part; the next read continues after it
   */
  read(target: Uint8Array): Promise<number>;
  close(): Promise<void>;
}

/** Opens a file; a `.gz` file is decompressed. */
export async function openFile(path: string): Promise<ByteStream> {
  if (isGzipName(path)) return openCompressed(path);
  return new FileStream(await open(path, "r"));
}

export function streamOf(chunks: ByteChunks | Unpacked): ByteStream {
  return new ChunkStream(chunks);
}

/** The same bytes, with read errors wrapped to distinguish them from errors of the consumer. */
export function withReadErrors(stream: ByteStream, errorOf: (cause: unknown) => Error): ByteStream {
  const rethrow = (cause: unknown): never => {
    throw errorOf(cause);
  };
  return {
    read: (target) => stream.read(target).catch(rethrow),
    close: () => stream.close(),
  };
}

class FileStream implements ByteStream {
  constructor(private readonly file: FileHandle) {}

  async read(target: Uint8Array): Promise<number> {
    return (await this.file.read(target, 0, target.length)).bytesRead;
  }

  async close(): Promise<void> {
    await this.file.close();
  }
}

async function openCompressed(path: string): Promise<ByteStream> {
  const canReopen = (await stat(path)).isFile();
  const open = (start: number): ByteChunks => createReadStream(path, { start, highWaterMark: 1 << 18 });
  return streamOf(new Unpacked(open, canReopen));
}

class ChunkStream implements ByteStream {
  private readonly chunks: AsyncIterator<Uint8Array | GzipFault>;
  private rest: Uint8Array = new Uint8Array(0);

  constructor(private readonly source: ByteChunks | Unpacked) {
    this.chunks = source[Symbol.asyncIterator]();
  }

  async read(target: Uint8Array): Promise<number> {
    while (this.rest.length === 0) {
      const next = await this.chunks.next();
      if (next.done === true) return 0;
      if (next.value instanceof GzipFault) throw next.value;
      this.rest = next.value;
    }
    const count = Math.min(target.length, this.rest.length);
    target.set(this.rest.subarray(0, count));
    this.rest = this.rest.subarray(count);
    return count;
  }

  close(): Promise<void> {
    this.source.destroy();
    return Promise.resolve();
  }
}

const byteOrderMark = [0xef, 0xbb, 0xbf];
const isSpace = (byte: number): boolean => byte === 32 || byte === 9 || byte === 10 || byte === 13;

/** A text input without its byte-order mark, with look-ahead at its beginning. */
export class TextStream implements ByteStream {
  private rest: Uint8Array = new Uint8Array(0);
  private isStart = true;
  /** An error after the first bytes; thrown once these have been read. */
  private failure: Error | null = null;

  constructor(private readonly inner: ByteStream) {}

  /** The first non-blank byte, without consuming it; null when there is none. */
  async firstByte(): Promise<number | null> {
    for (;;) {
      const first = this.rest.findIndex((byte) => !isSpace(byte));
      this.rest = first < 0 ? new Uint8Array(0) : this.rest.subarray(first);
      if (this.rest.length > 0) return this.rest[0] as number;
      const block = new Uint8Array(1 << 12);
      const count = await this.read(block);
      if (count === 0) return null;
      this.rest = block.subarray(0, count);
    }
  }

  async read(target: Uint8Array): Promise<number> {
    if (this.isStart) await this.dropByteOrderMark();
    if (this.rest.length === 0) return this.readInner(target);
    const count = Math.min(target.length, this.rest.length);
    target.set(this.rest.subarray(0, count));
    this.rest = this.rest.subarray(count);
    return count;
  }

  private readInner(target: Uint8Array): Promise<number> {
    const { failure } = this;
    if (failure === null) return this.inner.read(target);
    this.failure = null;
    return Promise.reject(failure);
  }

  private async dropByteOrderMark(): Promise<void> {
    this.isStart = false;
    const block = new Uint8Array(byteOrderMark.length);
    let length = 0;
    while (length < block.length) {
      const count = await this.inner.read(block.subarray(length)).catch((error: unknown) => {
        this.failure = error as Error;
        return 0;
      });
      if (count === 0) break;
      length += count;
    }
    const isMark = byteOrderMark.every((byte, i) => block[i] === byte);
    this.rest = isMark ? new Uint8Array(0) : block.subarray(0, length);
  }

  close(): Promise<void> {
    return this.inner.close();
  }
}
