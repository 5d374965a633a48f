/** Takes rows from a source without waiting for it; rows that are not ready are taken later. */
import { MuonitorError } from "../../pipeline/model/index.js";
import type { RowBlock, RowSource } from "../source.js";

export class Intake {
  /** Whether the source has come to its end, or failed. */
  ended = false;
  /** What the source failed with. */
  error: Error | null = null;
  /** Whether the source has been asked and has not answered yet. */
  waiting = false;
  private arrived: RowBlock | null = null;

  /** @param onArrival called when a source that was waited for has answered */
  constructor(
    private readonly source: RowSource,
    private readonly onArrival: () => void,
  ) {}

  /** The next block; null when there is none now, see {@link ended}. */
  take(maxRows: number): RowBlock | null {
    if (this.arrived !== null) return this.takeArrived();
    if (this.ended || this.waiting) return null;
    const answer = this.source.next(maxRows);
    if (answer instanceof Promise) {
      this.waitFor(answer);
      return null;
    }
    this.ended = answer === null;
    return answer;
  }

  /** A block that came after the last {@link take}. */
  takeArrived(): RowBlock | null {
    const block = this.arrived;
    this.arrived = null;
    return block;
  }

  private waitFor(answer: Promise<RowBlock | null>): void {
    this.waiting = true;
    const settle = (block: RowBlock | null, error: Error | null) => {
      this.waiting = false;
      this.arrived = block;
      this.ended = block === null;
      this.error = error;
      this.onArrival();
    };
    answer.then(
      (block) => settle(block, null),
      (error: unknown) => settle(null, error instanceof Error ? error : new MuonitorError(String(error))),
    );
  }
}
