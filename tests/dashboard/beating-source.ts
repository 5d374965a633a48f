/** A source that sends a window every 200 ms until it is stopped, like a fast running system. */
import type { PracticeControl, WindowSink, WindowSource } from "../../dashboard/bridge/index.js";
import { noFaults, type Faults } from "../../pipeline/model/index.js";
import { makeMessage, type MessageOptions } from "../helpers/messages.js";
import { makeStatus } from "./support.js";

export const beatMs = 200;

export class BeatingSource implements WindowSource, PracticeControl {
  faults: Faults = noFaults;
  /** Current notices for operators. */
  notices: () => string[] = () => [];
  /** Chambers without hits from now on. */
  silentChambers: readonly number[] = [];
  /** Malformed rows of each window from now on. */
  malformed = 3;
  /** Number of the newest window. */
  newest = Math.floor(Date.now() / beatMs) - 1;
  private sink: WindowSink | null = null;
  private timer: NodeJS.Timeout | undefined;

  /** @param past number of windows at the start */
  constructor(private readonly past: number) {}

  start(sink: WindowSink): Promise<void> {
    this.sink = sink;
    for (let id = this.newest - this.past + 1; id <= this.newest; id += 1) this.give({ id });
    this.beat();
    this.resume();
    return Promise.resolve();
  }

  resume(): void {
    this.timer = setInterval(() => this.beat(), beatMs);
  }

  stop(): void {
    clearInterval(this.timer);
  }

  close(): Promise<void> {
    this.stop();
    return Promise.resolve();
  }

  setFaults(change: Partial<Faults>): Promise<Faults> {
    this.faults = { ...this.faults, ...change };
    return Promise.resolve(this.faults);
  }

  give(options: MessageOptions): void {
    this.sink?.window(
      makeMessage({
        windowMs: beatMs,
        orbits: 150,
        silentChambers: this.silentChambers,
        malformed: this.malformed,
        ...options,
      }),
    );
  }

  private beat(): void {
    const last = Math.floor(Date.now() / beatMs) - 1;
    while (this.newest < last) this.give({ id: (this.newest += 1) });
    const { faults } = this;
    this.sink?.status(makeStatus({ window_ms: beatMs, stream: "legnaro", faults, notices: this.notices() }));
  }
}
