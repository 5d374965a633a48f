import type { Clock } from "../../producer/clock.js";

interface Sleeper {
  wakeMs: number;
  wake: () => void;
}

/** A clock that the test advances. */
export class ManualClock implements Clock {
  nowMs = 1_000_000;
  private sleepers: Sleeper[] = [];

  wallMs(): number {
    return 1_700_000_000_000 + this.nowMs;
  }

  monotonicMs(): number {
    return this.nowMs;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const sleeper = { wakeMs: this.nowMs + ms, wake: () => wake() };
      const wake = () => {
        this.sleepers = this.sleepers.filter((other) => other !== sleeper);
        signal?.removeEventListener("abort", wake);
        resolve();
      };
      if (signal?.aborted === true) {
        resolve();
        return;
      }
      this.sleepers.push(sleeper);
      signal?.addEventListener("abort", wake);
    });
  }

  /** Advances by `ms`; every sleep ends at its time. */
  async advance(ms: number): Promise<void> {
    const endMs = this.nowMs + ms;
    await settle();
    for (let next = this.next(endMs); next !== undefined; next = this.next(endMs)) {
      this.nowMs = Math.max(this.nowMs, next.wakeMs);
      next.wake();
      await settle();
    }
    this.nowMs = Math.max(this.nowMs, endMs);
  }

  /** Blocks the event loop for `ms`: no sleep ends meanwhile. */
  async standStill(ms: number): Promise<void> {
    this.nowMs += ms;
    await this.advance(0);
  }

  private next(endMs: number): Sleeper | undefined {
    const due = this.sleepers.filter(({ wakeMs }) => wakeMs <= endMs);
    return due.sort((a, b) => a.wakeMs - b.wakeMs)[0];
  }
}

/** Runs all pending promise callbacks. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
