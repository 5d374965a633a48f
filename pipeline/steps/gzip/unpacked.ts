/** A gzip file as a stream of its content that can be closed while it waits for bytes. */
import type { GzipFault } from "./fault.js";
import { gunzip } from "./gunzip.js";

/** Bytes that come in chunks until they end or are destroyed. */
export interface ByteChunks {
  [Symbol.asyncIterator](): AsyncIterator<Uint8Array>;
  destroy(): void;
}

/** Whether a name stands for a gzip file. */
export function isGzipName(name: string): boolean {
  return /\.gz$/i.test(name);
}

/** What a name says without the ending of its compression. */
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
