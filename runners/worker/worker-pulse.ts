/** Whether a worker process still answers its pool: one question at a time, over the channel between the two. */
import type { ChildProcess } from "node:child_process";

const everyMs = 1000;
export const ping = "ping";
export const pong = "pong";

export class WorkerPulse {
  private readonly timer: NodeJS.Timeout;
  /** When the open question was asked; null when all are answered. */
  private askedMs: number | null = null;

  constructor(private readonly child: ChildProcess) {
    child.on("message", (message) => {
      if (message === pong) this.askedMs = null;
    });
    this.timer = setInterval(() => this.ask(), everyMs);
    this.timer.unref();
  }

  /** How long the worker has left a question unanswered, ms. */
  get silentMs(): number {
    return this.askedMs === null ? 0 : performance.now() - this.askedMs;
  }

  close(): void {
    clearInterval(this.timer);
  }

  private ask(): void {
    if (this.askedMs !== null || !this.child.connected) return;
    this.askedMs = performance.now();
    // A worker that has just ended cannot be asked: its exit says so.
    this.child.send(ping, () => undefined);
  }
}
