/** Counts the bytes of a source's inputs that have been returned as rows. */
import { isGzipName } from "../../pipeline/steps/index.js";
import type { SourceProgress } from "../source.js";

interface Sized {
  name: string;
  size?: number;
}

export class ProgressCounter {
  private readonly totalBytes: number | null;
  private before = 0;
  private given = 0;
  private input = 0;

  /** @param inputs empty if the source has no end */
  constructor(private readonly inputs: readonly Sized[]) {
    const known = inputs.length > 0 && inputs.every(({ size }) => size !== undefined);
    this.totalBytes = known ? inputs.reduce((sum, { size = 0 }) => sum + size, 0) : null;
  }

  /** Starts the input at this index; all previous inputs are complete. */
  enter(input: number): void {
    this.input = input;
    this.given = 0;
    this.before = this.inputs.slice(0, input).reduce((sum, { size = 0 }) => sum + size, 0);
  }

  /** Adds bytes of rows of the current input. */
  add(bytes: number): void {
    this.given += bytes;
  }

  read(): SourceProgress {
    const { name = "", size = Infinity } = this.inputs[this.input] ?? {};
    // For a compressed input, the number of stored bytes of its rows is unknown.
    const current = isGzipName(name) ? 0 : Math.min(this.given, size);
    return { bytes: this.before + current, totalBytes: this.totalBytes };
  }
}
