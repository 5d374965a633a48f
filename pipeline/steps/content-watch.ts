/** Explains why an input does not match its format; otherwise only the count of malformed rows is reported. */
import { GzipFault } from "./gzip/index.js";
import { FarWords } from "./words/far-words.js";
import { fixedBytes, memberIn } from "./gzip/source.js";

export type WatchedFormat = "csv" | "json" | "dat";

const headBytes = 4096;
/** A shorter tail of zeros counts as one malformed row, not as the end of an incomplete file. */
const textTailBytes = 16;
/** A few words of zeros can be data. */
const wordTailBytes = 512;
const [lineFeed, carriageReturn] = [10, 13];

/** Examines the content of one input, chunk by chunk. */
export class ContentWatch {
  private head: Uint8Array = new Uint8Array(0);
  private trailingZeros = 0;

  /** Null unless words are read with the layout of hits. */
  private readonly farWords: FarWords | null;

  /** @param ofLayout whether an adapter reads the content */
  constructor(
    private readonly format: WatchedFormat,
    ofLayout = false,
  ) {
    this.farWords = format === "dat" && !ofLayout ? new FarWords() : null;
  }

  take(chunk: Uint8Array): void {
    this.farWords?.take(chunk);
    if (this.head.length < headBytes)
      this.head = Buffer.concat([this.head, chunk.subarray(0, headBytes - this.head.length)]);
    let end = chunk.length;
    while (end > 0 && chunk[end - 1] === 0) end -= 1;
    this.trailingZeros = end > 0 ? chunk.length - end : this.trailingZeros + chunk.length;
  }

  /** The actual content and the remedy; null when the content fits the format. */
  cause(): string | null {
    const cause =
      packedCause(this.head) ?? (this.format === "dat" ? wordCause : textCause)(this.head, this.format);
    if (cause !== null) return cause;
    const far = this.farWords?.count ?? 0;
    if (far > 0)
      return `${far} words of HEAD 0, 4 and 5 are more than a million orbits away from the hits: read trigger words with --layout padova-dat`;
    const isFilled = this.trailingZeros >= (this.format === "dat" ? wordTailBytes : textTailBytes);
    return isFilled ? "it ends in zero bytes, which suggests an incomplete copy: copy it again" : null;
  }
}

const signatures: readonly [name: string, bytes: readonly number[]][] = [
  ["zstd", [0x28, 0xb5, 0x2f, 0xfd]],
  ["xz", [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]],
  ["bzip2", [0x42, 0x5a, 0x68]],
  ["zip", [0x50, 0x4b, 0x03, 0x04]],
];

function packedCause(head: Uint8Array): string | null {
  if (memberIn(head.subarray(0, fixedBytes)) === 0)
    return "its content is gzip data: rename it to *.gz, or unpack it with zcat";
  const packed = signatures.find(([, bytes]) => bytes.every((byte, i) => head[i] === byte));
  return packed === undefined
    ? null
    : `its content is ${packed[0]} data: unpack it first, only gzip is supported`;
}

function wordCause(head: Uint8Array): string | null {
  const isText =
    head.length >= 16 && head.every((byte) => (byte >= 32 && byte < 127) || (byte >= 9 && byte <= 13));
  return isText ? "its content is text, not 64-bit words: choose --format csv or json" : null;
}

function textCause(head: Uint8Array, format: WatchedFormat): string | null {
  if (isUtf16(head)) return "its text is UTF-16: convert it with iconv -f UTF-16 -t UTF-8";
  const start = Buffer.from(head)
    .toString("latin1")
    .replace(/^\u00ef\u00bb\u00bf/, "")
    .trimStart();
  if (/^\[?\s*\{\s*"msg_ID"\s*:/.test(start))
    return "its lines are window messages, the output of process, not rows";
  if (/^\{\s*"rows"\s*:\s*\d+\s*,\s*"malformed"/.test(start))
    return "it is a summary, written by process, not rows";
  if (format === "json")
    return /^(HEAD\b|[+-]?\d)/.test(start) ? "its rows are CSV, not JSON: choose --format csv" : null;
  if (/^\[?\s*\{\s*"/.test(start)) return "its rows are JSON: choose --format json";
  return hasReturnsAlone(head) ? "its lines end in CR alone: convert it with tr '\\r' '\\n'" : null;
}

/** A byte-order mark, or ASCII characters of two bytes each. */
function isUtf16(head: Uint8Array): boolean {
  const [first, second] = head;
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)) return true;
  const zerosAt = (parity: number): number =>
    head.reduce((zeros, byte, i) => zeros + (byte === 0 && i % 2 === parity ? 1 : 0), 0);
  const [even, odd] = [zerosAt(0), zerosAt(1)];
  return head.length >= 16 && Math.min(even, odd) === 0 && Math.max(even, odd) >= head.length / 2 - 1;
}

function hasReturnsAlone(head: Uint8Array): boolean {
  const first = head.indexOf(carriageReturn);
  return first >= 0 && first < head.length - 1 && !head.includes(lineFeed);
}

type WatchedChunks = AsyncIterable<Uint8Array | GzipFault>;

/** Passes the chunks through and reports the cause, if any, at their end. */
export async function* watched(
  chunks: WatchedChunks,
  format: WatchedFormat,
  report: (cause: string) => void,
  ofLayout = false,
): AsyncGenerator<Uint8Array | GzipFault> {
  const watch = new ContentWatch(format, ofLayout);
  for await (const chunk of chunks) {
    if (!(chunk instanceof GzipFault)) watch.take(chunk);
    yield chunk;
  }
  const cause = watch.cause();
  if (cause !== null) report(cause);
}
