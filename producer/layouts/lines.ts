/** Cuts pieces of text into lines; copies the beginning of a line that spans two pieces. */

const lineFeed = 10;
const carriageReturn = 13;
const longestLine = 1 << 18;

type LineTaker = (bytes: Uint8Array, start: number, end: number) => void;

export class Lines {
  private rest = new Uint8Array(0);
  /** Whether the rest of a line that is too long is being skipped. */
  private isDropping = false;

  /** @param take receives each line without its end; @param drop receives the beginning of a line that is too long */
  constructor(
    private readonly take: LineTaker,
    private readonly drop: LineTaker,
  ) {}

  push(bytes: Uint8Array): void {
    let start = 0;
    if (this.rest.length > 0 || this.isDropping) {
      const end = bytes.indexOf(lineFeed);
      if (end < 0) return this.keep(bytes);
      start = end + 1;
      this.endKept(bytes.subarray(0, end));
    }
    for (let end = bytes.indexOf(lineFeed, start); end >= 0; end = bytes.indexOf(lineFeed, start)) {
      this.line(bytes, start, end);
      start = end + 1;
    }
    if (start < bytes.length) this.keep(bytes.subarray(start));
  }

  /** The unfinished line; null if there is none. */
  get unfinished(): Uint8Array | null {
    return this.rest.length > 0 ? this.rest : null;
  }

  clear(): void {
    this.rest = new Uint8Array(0);
    this.isDropping = false;
  }

  private line(bytes: Uint8Array, start: number, end: number): void {
    this.take(bytes, start, end > start && bytes[end - 1] === carriageReturn ? end - 1 : end);
  }

  private endKept(bytes: Uint8Array): void {
    const line = joined(this.rest, bytes);
    const wasDropping = this.isDropping;
    this.clear();
    if (!wasDropping) this.line(line, 0, line.length);
  }

  private keep(bytes: Uint8Array): void {
    if (this.isDropping) return;
    this.rest = joined(this.rest, bytes);
    if (this.rest.length <= longestLine) return;
    this.drop(this.rest, 0, this.rest.length);
    this.clear();
    this.isDropping = true;
  }
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}
