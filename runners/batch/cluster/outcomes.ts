/** The outcomes of pieces that the workers have reported so far; a repeated piece counts once. */
import { closeSync, openSync, readdirSync, readSync } from "node:fs";
import { join } from "node:path";
import { outcomesFolder, type PieceOutcome } from "../../../pipeline/beam/index.js";
import { createLedger, mergeLedger, type Ledger, type SourceRanges } from "../../../pipeline/model/index.js";
import {
  ByteReader,
  extractSources,
  mergeSources,
  readSources,
  type Sources,
} from "../../../pipeline/steps/index.js";

const lineFeed = 10;

export class Outcomes {
  /** The first reported outcome of each piece. */
  readonly byPiece = new Map<number, PieceOutcome>();
  /** Outcomes that differ from the first outcome of their piece, because the input has changed. */
  readonly contradictions: PieceOutcome[] = [];
  /** Bytes of the pieces that were read. */
  bytes = 0;
  rows = 0;
  /** Number of all reported outcomes, including those of repeated work. */
  reported = 0;
  private readonly folder: string;
  /** The offset up to which each file was read. */
  private readonly offsets = new Map<string, number>();

  constructor(shared: string) {
    this.folder = outcomesFolder(shared);
  }

  /** Reads new outcomes. */
  poll(): void {
    for (const name of readdirSync(this.folder)) this.readMore(join(this.folder, name));
  }

  private readMore(path: string): void {
    const offset = this.offsets.get(path) ?? 0;
    const bytes = bytesFrom(path, offset);
    const end = bytes.lastIndexOf(lineFeed) + 1;
    if (end === 0) return;
    this.offsets.set(path, offset + end);
    for (const line of bytes.toString("utf8", 0, end - 1).split("\n"))
      this.take(JSON.parse(line) as PieceOutcome);
  }

  private take(outcome: PieceOutcome): void {
    this.reported += 1;
    const known = this.byPiece.get(outcome.piece);
    if (known !== undefined) {
      if (JSON.stringify(known) !== JSON.stringify(outcome)) this.contradictions.push(outcome);
      return;
    }
    this.byPiece.set(outcome.piece, outcome);
    this.bytes += outcome.bytes;
    this.rows += outcome.ledger.rows;
  }

  ledger(): Ledger {
    const total = createLedger();
    for (const { ledger } of this.byPiece.values()) mergeLedger(total, ledger);
    return total;
  }

  sources(): SourceRanges[] {
    const total: Sources = new Map();
    for (const { sources } of this.byPiece.values()) {
      if (sources !== "") mergeSources(total, readSources(new ByteReader(Buffer.from(sources, "base64"))));
    }
    return extractSources(total);
  }
}

function bytesFrom(path: string, offset: number): Buffer {
  const file = openSync(path, "r");
  try {
    const blocks: Buffer[] = [];
    for (let at = offset; ;) {
      const block = Buffer.alloc(1 << 16);
      const count = readSync(file, block, 0, block.length, at);
      if (count === 0) return Buffer.concat(blocks);
      blocks.push(block.subarray(0, count));
      at += count;
    }
  } finally {
    closeSync(file);
  }
}
