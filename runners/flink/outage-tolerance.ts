/** For a cluster that is away for a moment while a job is started: the job goes on, and so does who waits for it. */
import { UnavailableError, UsageError } from "../../pipeline/model/index.js";

const longestMs = 30_000;

export class OutageTolerance {
  private awaySinceMs: number | null = null;

  constructor(private readonly withinMs = longestMs) {}

  /**
   * Null while the cluster cannot answer: it is away, or has just come back and does not know its jobs yet.
   * @throws what it says when that lasts
   */
  async ask<T>(question: () => Promise<T>): Promise<T | null> {
    try {
      const answer = await question();
      this.awaySinceMs = null;
      return answer;
    } catch (error) {
      if (!(error instanceof UnavailableError || error instanceof UsageError)) throw error;
      this.awaySinceMs ??= Date.now();
      if (Date.now() - this.awaySinceMs >= this.withinMs) throw error;
      return null;
    }
  }
}
