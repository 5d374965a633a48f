/** Converts an input of another layout to a stream of our rows, and provides look-ahead at the beginning of an input. */
import { InputError } from "../../pipeline/model/index.js";
import { GzipFault } from "../../pipeline/steps/index.js";
import type { LayoutInput } from "../../producer/layouts/index.js";
import type { ByteStream } from "./byte-stream.js";

const chunkBytes = 1 << 18;

/** Rows of an adapter, as whole lines of text. */
export class LayoutStream implements ByteStream {
  private rest: Uint8Array = new Uint8Array(0);
  private readonly chunk = new Uint8Array(chunkBytes);
  private isEnded = false;

  constructor(
    private readonly inner: ByteStream,
    private readonly input: LayoutInput,
  ) {}

  async read(target: Uint8Array): Promise<number> {
    while (this.rest.length === 0 && !this.isEnded) await this.readMore();
    const count = Math.min(target.length, this.rest.length);
    target.set(this.rest.subarray(0, count));
    this.rest = this.rest.subarray(count);
    return count;
  }

  private async readMore(): Promise<void> {
    try {
      const count = await this.inner.read(this.chunk);
      this.isEnded = count === 0;
      this.rest = this.isEnded ? this.input.finish() : this.input.push(this.chunk.subarray(0, count));
    } catch (error) {
      const isWhole = error instanceof InputError && error.cause instanceof GzipFault && error.cause.endsRow;
      if (!isWhole) this.rest = this.input.abandon();
      throw error;
    }
  }

  close(): Promise<void> {
    return this.inner.close();
  }
}

/** A stream with look-ahead at its beginning. */
export class PeekStream implements ByteStream {
  private head: Uint8Array = new Uint8Array(0);
  /** An error after the beginning; thrown once the beginning has been read. */
  private failure: Error | null = null;

  constructor(private readonly inner: ByteStream) {}

  /** The first bytes, up to `length` if available. */
  async peek(length: number): Promise<Uint8Array> {
    const head = new Uint8Array(length);
    let filled = 0;
    while (filled < length && this.failure === null) {
      const count = await this.inner.read(head.subarray(filled)).catch((error: unknown) => {
        this.failure = error as Error;
        return 0;
      });
      if (count === 0) break;
      filled += count;
    }
    return (this.head = head.subarray(0, filled));
  }

  read(target: Uint8Array): Promise<number> {
    if (this.head.length > 0) {
      const count = Math.min(target.length, this.head.length);
      target.set(this.head.subarray(0, count));
      this.head = this.head.subarray(count);
      return Promise.resolve(count);
    }
    const { failure } = this;
    this.failure = null;
    return failure === null ? this.inner.read(target) : Promise.reject(failure);
  }

  close(): Promise<void> {
    return this.inner.close();
  }
}
