/** The truth: the simulator's own counts of the rows that it emitted. */
import { cellsPerChamber, createLedger } from "../../pipeline/model/index.js";
import type { Ledger } from "../../pipeline/model/index.js";
import { cellSlots, scintillatorSlot } from "./channels.js";

export interface Truth {
  ledger: Ledger;
  /** Hits per chamber. */
  hitsPerChamber: number[];
  /** Hits per chamber and cell: chamber * 64 + cell. */
  hitsPerChannel: number[];
}

export class TruthCounter {
  private readonly ledger = createLedger();
  private readonly hits = new Float64Array(cellSlots);

  constructor(private readonly chambers: number) {}

  countGarbage(): void {
    this.ledger.rows += 1;
    this.ledger.malformed += 1;
  }

  /** @param slot slot of the row's channel; negative for a HEAD other than 2 */
  countRow(slot: number): void {
    const { ledger } = this;
    ledger.rows += 1;
    if (slot < 0) ledger.head_rejected += 1;
    else if (slot < cellSlots) this.hits[slot] = (this.hits[slot] as number) + 1;
    else if (slot === scintillatorSlot) ledger.scintillator += 1;
    else ledger.unmapped += 1;
  }

  /** The counts so far; a copy. */
  read(): Truth {
    const hitsPerChannel = [...this.hits.subarray(0, this.chambers * cellsPerChamber)];
    const hitsPerChamber = Array.from({ length: this.chambers }, (_, chamber) =>
      sum(hitsPerChannel.slice(chamber * cellsPerChamber, (chamber + 1) * cellsPerChamber)),
    );
    return { ledger: { ...this.ledger, hits: sum(hitsPerChannel) }, hitsPerChamber, hitsPerChannel };
  }
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}
