/** Beam functions of a bounded job: reading pieces, and output for the driver. */
import { createHash } from "node:crypto";
import { createLedger, InputError, mergeLedger, windowIdAt, type WindowMessage } from "../model/index.js";
import {
  BundleAccumulator,
  ByteWriter,
  decodeWindowKey,
  encodeShardKey,
  mergeSources,
  noWindowStartMs,
  readPartialHeader,
  unpackRecords,
  writeSources,
  type Partial,
  type PipelineConfig,
  type Sources,
} from "../steps/index.js";
import type { MessageElement, PartialElement } from "./functions.js";
import { readPiece } from "./read-piece.js";
import { registerClasses, type DoFn, type KV } from "./sdk.js";
import { SpillFile } from "./spill.js";
import {
  MessageFile,
  OutcomeWriter,
  partialsFolder,
  readPieces,
  type Piece,
  type PieceOutcome,
} from "./work-folder.js";

/** A piece as JSON, with its number as key. */
export type PieceElement = KV<string, string>;

/** Emits the pieces of a run. */
export class ListPiecesFn implements DoFn<Uint8Array, PieceElement> {
  readonly beamName = "ListPieces";

  constructor(private readonly folder: string) {}

  *process(): Generator<PieceElement> {
    for (const piece of readPieces(this.folder))
      yield { key: String(piece.id), value: JSON.stringify(piece) };
  }
}

/** Partial results up to this size go through the runner's shuffle; larger ones wait in the shared folder. */
const travellingBytes = 4096;

/** Reads, decodes and accumulates pieces; each yields its partial results and an outcome. */
export class ReadPiecesFn implements DoFn<KV<string, Iterable<string>>, PartialElement> {
  readonly beamName = "ReadPieces";
  private outcomes: OutcomeWriter | null = null;
  private spill: SpillFile | null = null;

  constructor(
    private readonly config: PipelineConfig,
    private readonly folder: string,
  ) {}

  startBundle(): void {
    this.outcomes = this.spill = null;
  }

  *process({ value }: KV<string, Iterable<string>>): Generator<PartialElement> {
    for (const text of value) yield* this.readOne(JSON.parse(text) as Piece);
  }

  private *readOne(piece: Piece): Generator<PartialElement> {
    const outcome: PieceOutcome = {
      piece: piece.id,
      bytes: piece.length,
      ledger: createLedger(),
      sources: "",
      failure: null,
    };
    const sources: Sources = new Map();
    for (const partial of this.accumulate(piece, outcome)) {
      const header = readPartialHeader(partial.bytes);
      mergeLedger(outcome.ledger, header.ledger);
      mergeSources(sources, header.sources);
      if (partial.windowStartMs !== noWindowStartMs)
        yield { key: encodeShardKey(partial), value: this.travelling(partial.bytes) };
    }
    outcome.sources = encodeSources(sources);
    (this.outcomes ??= new OutcomeWriter(this.folder)).write(outcome);
  }

  private accumulate(piece: Piece, outcome: PieceOutcome): Iterable<Partial> {
    try {
      return accumulatePiece(this.config, piece, readPiece(piece));
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      outcome.failure = error.message;
      return [];
    }
  }

  private travelling(bytes: Uint8Array): Uint8Array {
    if (bytes.length <= travellingBytes) return bytes;
    const spill = (this.spill ??= new SpillFile(partialsFolder(this.folder)));
    return spill.laterReferenceTo(spill.append(bytes), bytes.length);
  }

  /** Completes the spill file, so that references are readable before the bundle is committed. */
  finishBundle(): void {
    this.spill?.complete();
    this.outcomes = this.spill = null;
  }
}

function accumulatePiece(config: PipelineConfig, { format }: Piece, bytes: Uint8Array): Iterable<Partial> {
  const isTopic = format === "records";
  const accumulator = new BundleAccumulator(isTopic ? config : { ...config, format });
  if (!isTopic) accumulator.add(noWindowStartMs, null, bytes);
  else
    for (const { key, value, timestampMs } of unpackRecords(bytes)) {
      accumulator.add(windowIdAt(timestampMs, config.windowMs) * config.windowMs, key, value);
    }
  return accumulator.finish();
}

function encodeSources(sources: Sources): string {
  if (sources.size === 0) return "";
  const writer = new ByteWriter();
  writeSources(writer, sources);
  return Buffer.from(writer.view()).toString("base64");
}

/** Stores messages for the driver. */
export class KeepMessagesFn implements DoFn<MessageElement, never> {
  readonly beamName = "KeepMessages";
  private file: MessageFile | null = null;

  constructor(private readonly folder: string) {}

  startBundle(): void {
    this.file = null;
  }

  process({ key, value }: MessageElement): void {
    const json = Buffer.from(value);
    const { ledger } = JSON.parse(value) as WindowMessage;
    const digest = createHash("sha256").update(withoutEmission(value)).digest("hex");
    this.file ??= new MessageFile(this.folder);
    this.file.write({ ...decodeWindowKey(key), bytes: json.length, ledger, digest }, json);
  }

  finishBundle(): void {
    this.file?.complete();
    this.file = null;
  }
}

/** The time of emission is the last key. */
function withoutEmission(json: string): string {
  return json.slice(0, json.lastIndexOf(`"emitted_ms"`));
}

registerClasses({ ListPiecesFn, ReadPiecesFn, KeepMessagesFn });
