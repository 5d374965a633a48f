/** Inflates raw deflate data piece by piece, and reports where the data ends or is corrupt. */
import { createInflateRaw } from "node:zlib";

const chunkSize = 1 << 18;

export interface Inflated {
  chunks: Buffer[];
  /** Bytes of the piece that belong to the data; less than the whole piece only at the end of the data. */
  used: number;
  state: "more" | "ended" | "corrupt";
}

export class Inflater {
  private readonly zlib = createInflateRaw({ chunkSize });
  private chunks: Buffer[] = [];
  private usedBefore = 0;
  private settle: (state: Inflated["state"]) => void = () => undefined;

  constructor() {
    this.zlib.on("data", (chunk: Buffer) => this.chunks.push(chunk));
    this.zlib.on("end", () => this.settle("ended"));
    this.zlib.on("error", () => this.settle("corrupt"));
  }

  /** Must not be called again before it has settled, nor after the end. The output of a corrupt piece is lost. */
  async push(piece: Uint8Array): Promise<Inflated> {
    const state = await new Promise<Inflated["state"]>((resolve) => {
      this.settle = resolve;
      this.zlib.write(piece, (error) => resolve(error ? "corrupt" : "more"));
    });
    const { chunks, usedBefore } = this;
    this.chunks = [];
    this.usedBefore = this.zlib.bytesWritten;
    return { chunks, used: this.usedBefore - usedBefore, state };
  }

  close(): void {
    this.zlib.destroy();
  }
}
