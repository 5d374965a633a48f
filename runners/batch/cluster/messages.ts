/** The messages that the workers have stored, each window once, ordered by run and window. */
import { closeSync, openSync, readdirSync, readSync } from "node:fs";
import { join } from "node:path";
import {
  completeSuffix,
  messagesFolder,
  type MessageHead,
  type WindowJson,
} from "../../../pipeline/beam/index.js";
import { compareWindows, encodeWindowKey } from "../../../pipeline/steps/index.js";
import { createLedger, FormatError, mergeLedger, type Ledger } from "../../../pipeline/model/index.js";

interface Place extends MessageHead {
  /** Number of its file. */
  file: number;
  offset: number;
}

const lineFeed = 10;
/** Upper limit for the size of a head. */
const headBytes = 4096;

export class Messages {
  private readonly files: number[] = [];
  /** Keyed by the window's key. */
  private readonly places = new Map<string, Place>();
  /** Keys of windows for which two attempts produced different messages. */
  readonly contradictions: string[] = [];

  /** Reads the folder; call it when the job is done, because only then does every window have its message. */
  constructor(shared: string) {
    const folder = messagesFolder(shared);
    const names = readdirSync(folder).filter((name) => name.endsWith(completeSuffix));
    for (const name of names.sort()) this.index(openSync(join(folder, name), "r"));
  }

  private index(file: number): void {
    const number = this.files.push(file) - 1;
    const block = Buffer.alloc(headBytes);
    for (let at = 0; ;) {
      const count = readSync(file, block, 0, headBytes, at);
      if (count === 0) return;
      const end = block.subarray(0, count).indexOf(lineFeed);
      if (end < 0) throw new FormatError("a message file is truncated");
      const head = JSON.parse(block.toString("utf8", 0, end)) as MessageHead;
      const offset = at + end + 1;
      this.take({ ...head, file: number, offset });
      at = offset + head.bytes + 1;
    }
  }

  private take(place: Place): void {
    const key = encodeWindowKey(place);
    const known = this.places.get(key);
    if (known === undefined) this.places.set(key, place);
    else if (known.digest !== place.digest) this.contradictions.push(key);
  }

  /** The summed ledger of all windows. */
  ledger(): Ledger {
    const total = createLedger();
    for (const { ledger } of this.places.values()) mergeLedger(total, ledger);
    return total;
  }

  /** In a bounded run a window exists when a well-formed row falls into it. */
  *inOrder(): Generator<WindowJson> {
    const places = [...this.places.values()].sort(compareWindows);
    for (const { windowStartMs, run, ledger, file, offset, bytes } of places) {
      if (ledger.rows === ledger.malformed) continue;
      const json = Buffer.alloc(bytes);
      readSync(this.files[file] as number, json, 0, bytes, offset);
      yield { windowStartMs, run, json: json.toString() };
    }
  }

  close(): void {
    for (const file of this.files.splice(0)) closeSync(file);
  }
}
