/** Takes rows from a source without waiting; rows that are not ready are taken later. */
import { MuonitorError } from "../../pipeline/model/index.js";
import type { RowBlock, RowSource } from "../source.js";

export class Intake {
  /** Whether the source has ended or failed. */
  ended = false;
  /** Error of the source. */
  error: Error | null = null;
  /** Whether a request to the source is pending. */
  waiting = false;
  private arrived: RowBlock | null = null;

  /** @param onArrival called when the source answers a pending request */
  constructor(
    private readonly source: RowSource,
    private readonly onArrival: () => void,
  ) {}

  /** The next block; null when none is available yet or at the end, see {@link ended}. */
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

  /** A block that arrived after the last {@link take}. */
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
