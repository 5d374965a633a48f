/** Content of a gzip file as a stream that can be closed while it waits for bytes. */
import type { GzipFault } from "./fault.js";
import { gunzip } from "./gunzip.js";

/** Chunks of bytes, until the stream ends or is destroyed. */
export interface ByteChunks {
  [Symbol.asyncIterator](): AsyncIterator<Uint8Array>;
  destroy(): void;
}

/** Whether a file name is that of a gzip file. */
export function isGzipName(name: string): boolean {
  return /\.gz$/i.test(name);
}

/** The name without the extension of its compression. */
export function withoutGzip(name: string): string {
  return name.replace(/\.gz$/i, "");
}

export class Unpacked {
  private readonly opened: ByteChunks[] = [];

  /**
   * @param open opens the compressed bytes from an offset on
   * @param canReopen as for {@link gunzip}
   */
  constructor(
    private readonly open: (from: number) => ByteChunks,
    private readonly canReopen = true,
  ) {}

  [Symbol.asyncIterator](): AsyncGenerator<Uint8Array | GzipFault> {
    const open = (from: number): ByteChunks => {
      const chunks = this.open(from);
      this.opened.push(chunks);
      return chunks;
    };
    return gunzip(open, this.canReopen);
  }

  destroy(): void {
    this.opened.forEach((chunks) => chunks.destroy());
  }
}
