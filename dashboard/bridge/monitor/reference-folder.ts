/** Imports references that bounded runs store in a folder: each new or changed file. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Reference } from "../../../pipeline/model/index.js";
import { checkReference } from "./check-reference.js";
import type { ReferenceBook } from "./reference-book.js";
import { noPlace } from "./references.js";

/** A reference of four chambers takes about 20 KB. */
const maxFileBytes = 1 << 20;
const lookEveryMs = 5000;

export class ReferenceFolder {
  /** Version of each file when it was last read. */
  private readonly known = new Map<string, string>();
  private readonly timer: NodeJS.Timeout;

  constructor(
    private readonly folder: string,
    private readonly references: ReferenceBook,
    private readonly log: (line: string) => void,
  ) {
    this.look();
    this.timer = setInterval(() => this.look(), lookEveryMs).unref();
  }

  /** Loads new files; a file that cannot be used is reported once. */
  look(): void {
    for (const name of this.names()) {
      const path = join(this.folder, name);
      try {
        const { mtimeMs, size } = statSync(path);
        const state = `${mtimeMs} ${size}`;
        if (this.known.get(name) === state) continue;
        this.known.set(name, state);
        this.take(path, size);
      } catch (error) {
        this.log(`cannot read the reference ${path}: ${(error as Error).message}`);
      }
    }
  }

  private names(): string[] {
    try {
      return readdirSync(this.folder).filter((name) => name.endsWith(".json"));
    } catch {
      // The folder does not exist before the first reference.
      return [];
    }
  }

  private take(path: string, size: number): void {
    if (size > maxFileBytes) throw new Error(`it is larger than ${maxFileBytes} bytes`);
    const reference: unknown = JSON.parse(readFileSync(path, "utf8"));
    const fault = checkReference(reference);
    if (fault !== null) throw new Error(fault);
    if (!this.references.replace(reference as Reference)) throw new Error(noPlace);
  }

  close(): void {
    clearInterval(this.timer);
  }
}
