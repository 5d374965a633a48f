/** Monitors the status continuously: its text, whether it is healthy, and whether it is ever wrong. */
import { pause, waitFor } from "../../../runners/process/index.js";
import type { ChaosSystem, Voice } from "./system.js";

const everyMs = 150;
/** Maximum time without a window before the status must name a problem. */
const unnoticedMs = 20_000;
/** Records come every second. */
const breakMs = 5000;
/** On a busy machine records arrive seconds late: reports of that are true, and end by themselves. */
const passingMs = 6000;

export class VoiceWatch {
  /** Whether the status must be healthy now. */
  expectsCalm = false;
  private system: Voice | null = null;
  /** The bridge beside the system. */
  private bridge: Voice | null = null;
  private readonly ending = new AbortController();
  private listening: Promise<void> = Promise.resolve();
  private reported = "";
  /** Start of the current uninterrupted problem; null when healthy. */
  private wrongSinceMs: number | null = null;
  private inputSinceMs: number | null = null;

  /** @param untrue receives each wrong or missing statement of the status once */
  constructor(
    private readonly source: ChaosSystem,
    private readonly untrue: (what: string) => void,
  ) {}

  start(): void {
    this.listening = this.listen();
  }

  async stop(): Promise<void> {
    this.ending.abort();
    await this.listening;
  }

  /** All current problems as text; empty when healthy. */
  get words(): string {
    const system = this.system === null ? "the system does not answer" : this.system.trouble;
    const bridge = this.bridge === null ? "the bridge does not answer" : this.bridge.trouble;
    return [system, bridge].filter((words) => words !== null).join("; ");
  }

  private async listen(): Promise<void> {
    const { signal } = this.ending;
    while (!signal.aborted) {
      this.system = await this.source.listen().catch(() => null);
      this.bridge = await this.source.listenToBridge().catch(() => null);
      await pause(everyMs, signal).then(
        () => this.compare(),
        () => undefined,
      );
    }
  }

  private compare(): void {
    const { words } = this;
    const quietMs = Math.min(windowAgeMs(this.system) ?? 0, this.inputMs());
    const lie = words === "" && quietMs > unnoticedMs;
    const isWrong = this.expectsCalm && words !== "";
    this.wrongSinceMs = isWrong ? (this.wrongSinceMs ?? performance.now()) : null;
    const what =
      this.wrongSinceMs !== null && performance.now() - this.wrongSinceMs > passingMs
        ? `between faults: "${words}"`
        : lie
          ? "no window comes, no problem"
          : "";
    if (what !== "" && kindOf(what) !== this.reported) this.untrue(what);
    this.reported = kindOf(what);
  }

  /** Time for which records have arrived without interruption, ms. */
  private inputMs(): number {
    const { status } = this.system ?? {};
    const last = status?.hops.find(({ hop }) => hop === "data_raw")?.last_ms ?? null;
    const comes = status !== undefined && last !== null && status.now_ms - last < breakMs;
    this.inputSinceMs = comes ? (this.inputSinceMs ?? performance.now()) : null;
    return this.inputSinceMs === null ? 0 : performance.now() - this.inputSinceMs;
  }

  /** @returns the status text if it matches in time, else null */
  saying(pattern: RegExp, withinMs: number): Promise<string | null> {
    return waitFor(() => pattern.test(this.words) && this.words, { everyMs: 50, withinMs });
  }

  /** Waits until the status is healthy and both have a window from after the call. @returns false on timeout */
  async calm(withinMs: number): Promise<boolean> {
    const sinceMs = Date.now();
    const hasWindow = (voice: Voice | null): boolean =>
      Date.now() - (windowAgeMs(voice) ?? Infinity) > sinceMs;
    const isCalm = (): boolean => this.words === "" && hasWindow(this.system) && hasWindow(this.bridge);
    return (await waitFor(isCalm, { everyMs: 50, withinMs })) === true;
  }
}

/** Age of the newest window, ms; null where none is known. */
function windowAgeMs(voice: Voice | null): number | null {
  const { status } = voice ?? {};
  const last = status?.hops.find(({ hop }) => hop === "data_clean")?.last_ms ?? null;
  return status === undefined || last === null ? null : status.now_ms - last;
}

/** Without variable numbers and times. */
const kindOf = (words: string): string => words.replaceAll(/\d+/g, "");
