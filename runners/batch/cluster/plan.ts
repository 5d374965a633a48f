/** Divides inputs into pieces: plain files are cut in place, all other inputs are staged first. */
import { writeFileSync } from "node:fs";
import type { Readable } from "node:stream";
import { open } from "node:fs/promises";
import { type Piece, piecesFile } from "../../../pipeline/beam/index.js";
import { InputError } from "../../../pipeline/model/index.js";
import { ContentWatch, isGzipName } from "../../../pipeline/steps/index.js";
import { type Bundle, BundleReader } from "../direct/bundles.js";
import { type Input, inputError } from "../../input/inputs.js";
import { lookedBytes, readInput } from "../../input/read-input.js";
import { markerBytes, runAfter } from "../../input/run-pieces.js";
import { layoutFault } from "../../../producer/layouts/index.js";
import { cutFile, cutRows, longestPieceBytes } from "./cut.js";
import { type PieceDraft, StagingFile } from "./staging.js";

interface PlanOptions {
  inputs: readonly Input[];
  stdin: Readable;
  /** Folder for the staged pieces. */
  folder: string;
  pieceBytes: number;
  /** Called for each input that cannot be read; the others are still planned. */
  complain: (error: InputError) => void;
  /** Called with the reason when the content of an input does not match its format. */
  warn?: (line: string) => void;
  /** Called with the number of bytes staged so far. */
  progress: (bytes: number) => void;
  signal: AbortSignal;
}

/** The pieces of all inputs, in order. Of an input with a read error, the pieces before the error are kept. */
export async function planPieces(options: PlanOptions): Promise<PieceDraft[]> {
  const plan = new Plan(options);
  for (const input of options.inputs) {
    options.signal.throwIfAborted();
    try {
      await plan.add(input);
    } catch (error) {
      options.signal.throwIfAborted();
      if (!(error instanceof InputError)) throw error;
      options.complain(error);
    }
  }
  return plan.pieces;
}

class Plan {
  readonly pieces: PieceDraft[] = [];
  private staged = 0;
  /** Receives the reader's rows; one file per input. */
  private file: StagingFile | null = null;
  private reader: BundleReader | null = null;

  constructor(private readonly options: PlanOptions) {}

  async add(input: Input): Promise<void> {
    // The size is unknown for a pipe and for standard input.
    const isPlain = input.size !== null && !isGzipName(input.path) && input.layout === undefined;
    if (!isPlain || !(await this.cut(input))) await this.stage(input);
  }

  private async cut(input: Input): Promise<boolean> {
    const { path, format } = input;
    const cut = await cutFile(path, format, this.options.pieceBytes).catch((cause: unknown) => {
      throw inputError(path, cause);
    });
    if (cut === null) return false;
    const cause = await causeOfFile(input);
    if (cause !== null) this.options.warn?.(`${path}: ${cause}`);
    for (const { from, to, file } of cut.pieces) {
      const place = { offset: from, length: to - from };
      this.pieces.push({ input: path, path, format: cut.format, ...place, file });
    }
    return true;
  }

  private async stage(input: Input): Promise<void> {
    const file = (this.file = new StagingFile(
      this.options.folder,
      `input-${(this.staged += 1)}`,
      input.path,
    ));
    const reader = (this.reader ??= new BundleReader((bundle) => this.write(bundle), longestPieceBytes));
    try {
      await readInput(reader, input, this.options);
    } finally {
      await reader.flush();
      file.close();
      this.pieces.push(...file.pieces);
    }
  }

  private write({ format, buffer, pieces }: Bundle): Promise<Bundle["buffer"]> {
    const { pieceBytes, signal, progress } = this.options;
    signal.throwIfAborted();
    for (const piece of pieces) {
      const rows = buffer.subarray(piece.from, piece.to);
      let marker: Uint8Array = new Uint8Array(0);
      for (const { from, to } of cutRows(rows, format, pieceBytes)) {
        this.file?.add(Buffer.concat([marker, rows.subarray(from, to)]), format);
        if (format === "rows") marker = markerBytes(runAfter(rows, 0, to, null));
      }
    }
    progress(this.reader?.bytesRead ?? 0);
    return Promise.resolve(buffer);
  }
}

/** Numbers the pieces and writes the list of pieces for the workers. */
export function writePieces(folder: string, drafts: readonly PieceDraft[]): Piece[] {
  const pieces = drafts.map((draft, id) => ({ id, ...draft }));
  writeFileSync(piecesFile(folder), pieces.map((piece) => `${JSON.stringify(piece)}\n`).join(""));
  return pieces;
}

const blockBytes = 1 << 16;

/** @throws InputError when the file cannot be read */
export async function causeOfFile({ path, format, size }: Input): Promise<string | null> {
  try {
    const file = await open(path, "r");
    try {
      const watch = new ContentWatch(format);
      const block = new Uint8Array(blockBytes);
      const head = await file.read(block, 0, lookedBytes, 0);
      const fault = layoutFault(block.subarray(0, head.bytesRead), null, format);
      if (fault !== null) throw new InputError(path, fault);
      const ends = (size ?? 0) > blockBytes ? [0, (size ?? 0) - blockBytes] : [0];
      for (const position of ends) {
        const { bytesRead } = await file.read(block, 0, blockBytes, position);
        watch.take(block.subarray(0, bytesRead));
      }
      return watch.cause();
    } finally {
      await file.close();
    }
  } catch (error) {
    throw inputError(path, error);
  }
}
