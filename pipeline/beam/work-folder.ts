/**
 * The folder that the driver of a bounded run and its workers share. Everything that a worker writes has a name of its
 * own, so that work which is done again never writes over other work, and the driver takes each result once.
 *
 * pieces.jsonl: what is to be read. partials/: partial results too large for the runner's shuffle. outcomes/: what became
 * of each piece. messages/: the windows' messages; a file of them appears when it is complete.
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

/** Whole rows of one file. */
export interface Piece {
  /** Number in its run, from 0. */
  id: number;
  /** What a person calls the input that it is of. */
  input: string;
  path: string;
  /** `records` is a pack of records of the topic, see packRecords. */
  format: ByteFormat | "records";
  offset: number;
  length: number;
  /** How the file was when it was cut; null for files of the run's own. */
  file: FileState | null;
}

/** What tells that a file is still the one that was cut, where a piece of it lies. */
export interface FileState {
  size: number;
  inode: number;
  modifiedMs: number;
  /** The end of the piece, see {@link tailOf}: a file that has grown may be another one. */
  tail: string;
}

/** Enough for two rows, with their orbits. */
export const tailBytes = 64;

/** The end of a piece as text. */
export function tailOf(piece: Uint8Array): string {
  return Buffer.from(piece.subarray(-tailBytes)).toString("base64");
}

/** What became of a piece in one attempt. */
export interface PieceOutcome {
  piece: number;
  bytes: number;
  ledger: Ledger;
  /** Sources of its messages (writeSources) in base64; empty without any. */
  sources: string;
  /** Why it could not be read. */
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

/** Tells the driver of pieces, one line each. */
export class OutcomeWriter {
  private readonly path: string;

  constructor(folder: string) {
    this.path = join(outcomesFolder(folder), `${randomUUID()}.jsonl`);
  }

  write(outcome: PieceOutcome): void {
    appendFileSync(this.path, `${JSON.stringify(outcome)}\n`);
  }
}

/** Head of a message in its file. */
export interface MessageHead extends WindowKey {
  /** Of the JSON that follows in the next line. */
  bytes: number;
  ledger: Ledger;
  /** SHA-256 of the message without its time of emission: the same in every attempt. */
  digest: string;
}

export const completeSuffix = ".messages";

/** Writes messages, each a line with its head and a line with itself; the file gets its name when it is complete. */
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
