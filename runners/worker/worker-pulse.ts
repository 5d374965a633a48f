/** Health check of a worker process by its pool: one question at a time, over their channel. */
import type { ChildProcess } from "node:child_process";

const everyMs = 1000;
export const ping = "ping";
export const pong = "pong";

interface PulseOptions {
  everyMs?: number | undefined;
  /** A worker that leaves a question unanswered for this time is considered hung, ms. */
  hangMs: number;
  /** Called once when it hangs. */
  onHang: () => void;
}

export class WorkerPulse {
  private readonly timer: NodeJS.Timeout;
  /** Time of the open question; null when all are answered. */
  private askedMs: number | null = null;
  /** Number of checks that found the question open: the pool itself may have been paused meanwhile. */
  private openLooks = 0;

  constructor(
    private readonly child: ChildProcess,
    private readonly options: PulseOptions,
  ) {
    child.on("message", (message) => {
      if (message === pong) this.askedMs = null;
    });
    this.timer = setInterval(() => this.look(), this.everyMs);
    this.timer.unref();
  }

  /** Time for which the worker has left a question unanswered, ms. */
  get silentMs(): number {
    return this.askedMs === null ? 0 : performance.now() - this.askedMs;
  }

  private get everyMs(): number {
    return this.options.everyMs ?? everyMs;
  }

  close(): void {
    clearInterval(this.timer);
  }

  private look(): void {
    if (this.askedMs === null) {
      this.openLooks = 0;
      this.ask();
      return;
    }
    this.openLooks += 1;
    if (this.openLooks * this.everyMs < this.options.hangMs) return;
    this.close();
    this.options.onHang();
  }

  private ask(): void {
    if (!this.child.connected) return;
    this.askedMs = performance.now();
    // A worker that has just ended cannot be asked; its exit event follows.
    this.child.send(ping, () => undefined);
  }
}
