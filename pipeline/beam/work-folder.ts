/**
 * The folder shared by the driver of a bounded run and its workers. Every file that a worker writes has a unique
 * name, so that repeated work never overwrites other work, and the driver takes each result once.
 *
 * pieces.jsonl: the pieces to read. partials/: partial results too large for the runner's shuffle. outcomes/: the
 * outcome of each piece. messages/: the messages of the windows; a file appears there when it is complete.
 */
import { randomUUID } from "node:crypto";
import { appendFileSync, closeSync, openSync, readFileSync, renameSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { ByteFormat, WindowKey } from "../steps/index.js";
import type { Ledger } from "../model/index.js";

export const piecesFile = (folder: string): string => join(folder, "pieces.jsonl");
export const partialsFolder = (folder: string): string => join(folder, "partials");
export const outcomesFolder = (folder: string): string => join(folder, "outcomes");
export const segmentsFolder = (folder: string): string => join(folder, "segments");
export const messagesFolder = (folder: string): string => join(folder, "messages");

/** Complete rows of one file. */
export interface Piece {
  /** Number in its run, from 0. */
  id: number;
  /** Display name of the input. */
  input: string;
  path: string;
  /** `records` is a pack of topic records; see packRecords. */
  format: ByteFormat | "records";
  offset: number;
  length: number;
  /** State of the file when it was divided; null for files created by the run. */
  file: FileState | null;
}

/** Identifies the version of the file from which a piece was cut. */
export interface FileState {
  size: number;
  inode: number;
  modifiedMs: number;
  /** The end of the piece, see {@link tailOf}; it shows whether a file that has grown was replaced. */
  tail: string;
}

/** Bytes of a tail, enough for two rows with their orbits. */
export const tailBytes = 64;

/** The end of a piece as text. */
export function tailOf(piece: Uint8Array): string {
  return Buffer.from(piece.subarray(-tailBytes)).toString("base64");
}

/** Outcome of one attempt at a piece. */
export interface PieceOutcome {
  piece: number;
  bytes: number;
  ledger: Ledger;
  /** Sources of its messages (see writeSources) in base64; empty if there are none. */
  sources: string;
  /** Why the piece could not be read. */
  failure: string | null;
}

export function readPieces(folder: string): Piece[] {
  return linesOf(piecesFile(folder)).map((line) => JSON.parse(line) as Piece);
}

function linesOf(path: string): string[] {
  return readFileSync(path, "utf8")
    .split("\n")
    .filter((line) => line !== "");
}

/** Reports outcomes of pieces to the driver, one line each. */
export class OutcomeWriter {
  private readonly path: string;

  constructor(folder: string) {
    this.path = join(outcomesFolder(folder), `${randomUUID()}.jsonl`);
  }

  write(outcome: PieceOutcome): void {
    appendFileSync(this.path, `${JSON.stringify(outcome)}\n`);
  }
}

/** Header of a message in its file. */
export interface MessageHead extends WindowKey {
  /** Length of the JSON in the next line. */
  bytes: number;
  ledger: Ledger;
  /** SHA-256 of the message without its emission time: equal in every attempt. */
  digest: string;
}

export const completeSuffix = ".messages";

/** Writes messages, each as a header line and a JSON line; the file gets its final name when complete. */
export class MessageFile {
  private readonly path: string;
  private readonly file: number;

  constructor(folder: string) {
    this.path = join(messagesFolder(folder), randomUUID());
    this.file = openSync(`${this.path}.part`, "wx", 0o600);
  }

  write(head: MessageHead, json: Uint8Array): void {
    this.writeAll(Buffer.from(`${JSON.stringify(head)}\n`));
    this.writeAll(json);
    this.writeAll(lineFeed);
  }

  private writeAll(bytes: Uint8Array): void {
    for (let written = 0; written < bytes.length;)
      written += writeSync(this.file, bytes, written, bytes.length - written);
  }

  complete(): void {
    closeSync(this.file);
    renameSync(`${this.path}.part`, `${this.path}${completeSuffix}`);
  }
}

const lineFeed = Uint8Array.of(10);
