import type { RawRecord, SequenceKey } from "../../pipeline/model/index.js";
import { decodeSequenceKey } from "../../pipeline/model/index.js";
import type { RecordSender } from "../../producer/sender.js";

/** Stores the records that it gets; can fail and can delay the production. */
export class MemorySender implements RecordSender {
  readonly records: RawRecord[] = [];
  sends = 0;
  inFlight = 0;
  mostInFlight = 0;
  /** Errors of the next sends in order; null for a send that succeeds. */
  failures: (Error | null)[] = [];
  /** Promise that a send awaits. */
  gate: Promise<void> = Promise.resolve();

  async send(records: readonly RawRecord[]): Promise<void> {
    this.sends += 1;
    this.inFlight += 1;
    this.mostInFlight = Math.max(this.mostInFlight, this.inFlight);
    try {
      await this.gate;
      const failure = this.failures.shift();
      if (failure instanceof Error) throw failure;
      this.records.push(...records);
    } finally {
      this.inFlight -= 1;
    }
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  get messages(): RawRecord[] {
    return this.records.filter(({ value }) => value.length > 0);
  }

  get heartbeats(): RawRecord[] {
    return this.records.filter(({ value }) => value.length === 0);
  }

  get bytes(): Uint8Array[] {
    return this.messages.map(({ value }) => value);
  }
}

export function keyOf({ key }: RawRecord): SequenceKey {
  const decoded = decodeSequenceKey(new TextDecoder().decode(key ?? new Uint8Array(0)));
  if (decoded === null) throw new Error("a record without a Muonitor key");
  return decoded;
}

export function rowsOf({ value }: { value: Uint8Array }): number {
  return value.reduce((rows, byte) => rows + (byte === 10 ? 1 : 0), 0);
}
