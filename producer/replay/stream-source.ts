/** Rows from streams of CSV bytes in their order: files, standard input, objects of a bucket. */
import { InputError, MuonitorError } from "../../pipeline/model/index.js";
import { GzipFault } from "../../pipeline/steps/index.js";
import type { RowBlock, RowSource, SourcePosition, SourceProgress } from "../source.js";
import { ProgressCounter } from "./progress-counter.js";
import { RowCutter } from "./row-cutter.js";

/** Bytes of an input; for a gzip file also its unreadable parts. */
export interface InputBytes {
  [Symbol.asyncIterator](): AsyncIterator<Uint8Array | GzipFault>;
  destroy(): void;
}

/** One stream of CSV bytes. */
export interface StreamInput {
  /** Name for logs and errors. */
  name: string;
  /** Stored size in bytes, if known. */
  size?: number;
  /** Identifies the version of the content. */
  version?: string;
  /** Whether the input has no end: it is opened again when its bytes end. */
  isFollowed?: boolean;
  /** Opens the bytes; called again for every round of a loop. */
  open: () => InputBytes | Promise<InputBytes>;
}

interface StreamSourceOptions {
  /** Inputs, read one after the other. */
  inputs: readonly StreamInput[];
  /** Restart at the end, without limit. Default false. */
  loop?: boolean;
  /** Receives each input that cannot be read; {@link RowSource.next} rejects only after the other inputs are read. */
  onUnreadable?: (error: InputError) => void;
}

/**
 * Each stream is opened when the previous one has ended. If a stream cannot be read, {@link RowSource.next} rejects with an
 * InputError after all others; if its server does not answer, it rejects immediately.
 */
export function createStreamSource(options: StreamSourceOptions): RowSource {
  return new StreamSource(options.inputs, options.loop ?? false, options.onUnreadable ?? (() => undefined));
}

class StreamSource implements RowSource {
  readonly name: string;
  private readonly cutter = new RowCutter();
  private stream: InputBytes | null = null;
  private chunks: AsyncIterator<Uint8Array | GzipFault> | null = null;
  /** Errors of unreadable parts so far; rows before and after these parts are returned. */
  private readonly unreadable: InputError[] = [];
  /** Position of the next row. */
  private input = 0;
  private row = 0;
  /** Number of rows of this input to skip. */
  private toSkip = 0;
  /** Whether this input has been read completely from its stream. */
  private inputRead = false;
  private closed = false;
  private rowsOfRound = 0;
  private readonly counter: ProgressCounter;

  constructor(
    private readonly inputs: readonly StreamInput[],
    private readonly loop: boolean,
    private readonly onUnreadable: (error: InputError) => void,
  ) {
    this.name = inputs.length === 1 ? (inputs[0] as StreamInput).name : `${inputs.length} inputs`;
    this.counter = new ProgressCounter(loop ? [] : inputs);
  }

  next(maxRows: number): RowBlock | null | Promise<RowBlock | null> {
    return this.take(maxRows) ?? this.read(maxRows);
  }

  seek({ input, row }: SourcePosition): void {
    this.input = input;
    this.row = 0;
    this.toSkip = row;
    // Skipped rows also count for the check that a loop has rows.
    this.rowsOfRound = input + row;
    this.counter.enter(input);
  }

  progress(): SourceProgress {
    return this.counter.read();
  }

  close(): Promise<void> {
    this.closed = true;
    this.stream?.destroy();
    return Promise.resolve();
  }

  private take(maxRows: number): RowBlock | null {
    this.skip();
    const block = this.toSkip > 0 ? null : this.cutter.take(maxRows);
    if (block === null) return null;
    const start = { input: this.input, row: this.row };
    this.count(block);
    return { ...block, start };
  }

  private skip(): void {
    while (this.toSkip > 0) {
      const block = this.cutter.take(this.toSkip);
      if (block === null) return;
      this.toSkip -= block.rows;
      this.count(block);
    }
  }

  private count({ rows, bytes }: RowBlock): void {
    this.row += rows;
    this.rowsOfRound += rows;
    this.counter.add(bytes.length);
  }

  private async read(maxRows: number): Promise<RowBlock | null> {
    while (!this.closed) {
      if (this.inputRead) this.turnToNext();
      const input = this.inputs[this.input];
      if (input !== undefined) await this.readChunk(input);
      else if (this.unreadable.length > 0) throw errorOf(this.unreadable);
      else if (this.loop) this.beginAgain();
      else return null;
      const block = this.take(maxRows);
      if (block !== null) return block;
    }
    return null;
  }

  private async readChunk(input: StreamInput): Promise<void> {
    try {
      this.chunks ??= await this.open(input);
      const chunk = await this.chunks.next();
      if (chunk.done !== true) return this.takeChunk(input, chunk.value);
      this.cutter.finish();
      this.chunks = null;
      this.inputRead = input.isFollowed !== true;
    } catch (error) {
      if (this.closed) return;
      const fault = inputError(input.name, error);
      if (mayPass(fault)) throw fault;
      this.giveUp(fault);
    }
  }

  /** The rows before the error are kept; the next input is read. */
  private giveUp(fault: InputError): void {
    this.stream?.destroy();
    this.chunks = null;
    this.cutter.abandon();
    this.unreadable.push(fault);
    this.onUnreadable(fault);
    this.toSkip = 0;
    this.inputRead = true;
  }

  private takeChunk({ name }: StreamInput, chunk: Uint8Array | GzipFault): void {
    if (!(chunk instanceof GzipFault)) return this.cutter.push(chunk);
    this.unreadable.push(new InputError(name, chunk.message, chunk));
    if (chunk.endsRow) this.cutter.finish();
    else this.cutter.abandon();
  }

  private async open(input: StreamInput): Promise<AsyncIterator<Uint8Array | GzipFault>> {
    this.stream = await input.open();
    if (this.closed) this.stream.destroy();
    return this.stream[Symbol.asyncIterator]();
  }

  private turnToNext(): void {
    const name = this.inputs[this.input]?.name ?? this.name;
    if (this.toSkip > 0)
      throw new InputError(name, `has ${this.toSkip} rows fewer than when it was read before`);
    this.inputRead = false;
    this.input += 1;
    this.row = 0;
    this.counter.enter(this.input);
  }

  private beginAgain(): void {
    if (this.rowsOfRound === 0) throw new InputError(this.name, "no rows, so there is nothing to loop over");
    this.rowsOfRound = 0;
    this.input = 0;
  }
}

/** Whether an error concerns more than this input: the same command can send the rest later. */
function mayPass({ cause }: InputError): boolean {
  return cause instanceof MuonitorError && cause.retriable;
}

const reasons: Record<string, string> = {
  ENOENT: "no such file",
  EACCES: "not readable",
  EISDIR: "is a directory",
};

/** One error for everything that could not be read, thrown after all readable rows. */
function errorOf([first, ...more]: readonly InputError[]): InputError {
  const { input, message } = first as InputError;
  return more.length === 0
    ? (first as InputError)
    : new InputError(
        input,
        [message.slice(input.length + 2), ...more.map((fault) => fault.message)].join("; "),
      );
}

function inputError(name: string, error: unknown): InputError {
  if (error instanceof InputError) return error;
  const { code = "", message = String(error) } = error as { code?: string; message?: string };
  return new InputError(name, reasons[code] ?? message, error);
}
