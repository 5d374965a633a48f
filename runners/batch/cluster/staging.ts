/** Staged pieces: an input that cannot be split in place is first written to a file that can be split. */
import { closeSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { Piece } from "../../../pipeline/beam/index.js";
import { wrapFsError } from "../../process/index.js";

/** A piece without its number. */
export type PieceDraft = Omit<Piece, "id">;

export class StagingFile {
  readonly pieces: PieceDraft[] = [];
  private readonly path: string;
  private readonly file: number;
  /** Number of bytes written so far. */
  length = 0;

  /** @throws MuonitorError when the file cannot be written; so does {@link add} */
  constructor(
    folder: string,
    name: string,
    private readonly input: string,
  ) {
    this.path = join(folder, name);
    this.file = wrapFsError(this.path, () => openSync(this.path, "wx", 0o600));
  }

  /** Adds a piece. */
  add(bytes: Uint8Array, format: Piece["format"]): void {
    if (bytes.length === 0) return;
    for (let written = 0; written < bytes.length;) {
      written += wrapFsError(this.path, () => writeSync(this.file, bytes, written, bytes.length - written));
    }
    const { path, input, length: offset } = this;
    this.pieces.push({ input, path, format, offset, length: bytes.length, file: null });
    this.length += bytes.length;
  }

  close(): void {
    closeSync(this.file);
  }
}
