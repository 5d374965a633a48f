/** Lines for an output, written in blocks. */
import type { Output } from "../output.js";

const blockBytes = 1 << 16;
const lineFeed = Buffer.from("\n");

export class Lines {
  private parts: Uint8Array[] = [];
  private bytes = 0;

  constructor(private readonly output: Output) {}

  async add(line: string | Uint8Array): Promise<void> {
    const part = typeof line === "string" ? Buffer.from(line) : line;
    this.parts.push(part, lineFeed);
    this.bytes += part.length + 1;
    if (this.bytes >= blockBytes) await this.flush();
  }

  async flush(): Promise<void> {
    if (this.bytes === 0) return;
    const block = Buffer.concat(this.parts);
    this.parts = [];
    this.bytes = 0;
    await this.output.write(block);
  }
}
