/** Tolerates a brief outage of the cluster while a job starts: the job continues, and so does the wait for it. */
import { UnavailableError, UsageError } from "../../pipeline/model/index.js";

const longestMs = 30_000;

export class OutageTolerance {
  private awaySinceMs: number | null = null;

  constructor(private readonly withinMs = longestMs) {}

  /**
   * Null while the cluster cannot answer: it is down, or has just restarted and does not know its jobs yet.
   * @throws the cluster's error once the outage has lasted too long
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
