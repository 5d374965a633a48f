/** Monitors the status continuously: its text, whether it is healthy, and whether it is ever wrong. */
import { pause, waitFor } from "../../../runners/process/index.js";
import type { ChaosSystem, Health } from "./system.js";

const everyMs = 150;
/** Maximum time without a window before the status must name a problem. */
const unnoticedMs = 20_000;
/** Records arrive every second: after this time without any, the input has stopped. */
const breakMs = 5000;
/** Problems shorter than this are tolerated: on a busy machine records do arrive seconds late. */
const passingMs = 6000;

export class StatusWatch {
  /** Whether the status must be healthy now. */
  expectsCalm = false;
  private system: Health | null = null;
  /** The separate bridge. */
  private bridge: Health | null = null;
  private readonly ending = new AbortController();
  private polling: Promise<void> = Promise.resolve();
  private reported = "";
  /** Start of the current uninterrupted problem; null when healthy. */
  private wrongSinceMs: number | null = null;
  private inputSinceMs: number | null = null;

  /** @param onWrongStatus receives each wrong or missing statement of the status once */
  constructor(
    private readonly source: ChaosSystem,
    private readonly onWrongStatus: (what: string) => void,
  ) {}

  start(): void {
    this.polling = this.poll();
  }

  async stop(): Promise<void> {
    this.ending.abort();
    await this.polling;
  }

  /** All current problems as text; empty when healthy. */
  get problems(): string {
    const system = this.system === null ? "the system does not answer" : this.system.trouble;
    const bridge = this.bridge === null ? "the bridge does not answer" : this.bridge.trouble;
    return [system, bridge].filter((words) => words !== null).join("; ");
  }

  private async poll(): Promise<void> {
    const { signal } = this.ending;
    while (!signal.aborted) {
      this.system = await this.source.health().catch(() => null);
      this.bridge = await this.source.bridgeHealth().catch(() => null);
      await pause(everyMs, signal).then(
        () => this.compare(),
        () => undefined,
      );
    }
  }

  private compare(): void {
    const { problems } = this;
    const quietMs = Math.min(windowAgeMs(this.system) ?? 0, this.inputMs());
    const isSilent = problems === "" && quietMs > unnoticedMs;
    const isWrong = this.expectsCalm && problems !== "";
    this.wrongSinceMs = isWrong ? (this.wrongSinceMs ?? performance.now()) : null;
    const what =
      this.wrongSinceMs !== null && performance.now() - this.wrongSinceMs > passingMs
        ? `between faults: "${problems}"`
        : isSilent
          ? "no window arrives, but the status is healthy"
          : "";
    if (what !== "" && kindOf(what) !== this.reported) this.onWrongStatus(what);
    this.reported = kindOf(what);
  }

  /** How long records have arrived without interruption, ms. */
  private inputMs(): number {
    const { status } = this.system ?? {};
    const last = status?.hops.find(({ hop }) => hop === "data_raw")?.last_ms ?? null;
    const comes = status !== undefined && last !== null && status.now_ms - last < breakMs;
    this.inputSinceMs = comes ? (this.inputSinceMs ?? performance.now()) : null;
    return this.inputSinceMs === null ? 0 : performance.now() - this.inputSinceMs;
  }

  /** @returns the status text if it matches in time, else null */
  waitForProblem(pattern: RegExp, withinMs: number): Promise<string | null> {
    return waitFor(() => pattern.test(this.problems) && this.problems, { everyMs: 50, withinMs });
  }

  /** Waits until system and bridge are healthy and have a window from after the call. @returns false on timeout */
  async calm(withinMs: number): Promise<boolean> {
    const sinceMs = Date.now();
    const hasWindow = (health: Health | null): boolean =>
      Date.now() - (windowAgeMs(health) ?? Infinity) > sinceMs;
    const isCalm = (): boolean => this.problems === "" && hasWindow(this.system) && hasWindow(this.bridge);
    return (await waitFor(isCalm, { everyMs: 50, withinMs })) === true;
  }
}

/** Age of the newest window, ms; null if there is none. */
function windowAgeMs(health: Health | null): number | null {
  const { status } = health ?? {};
  const last = status?.hops.find(({ hop }) => hop === "data_clean")?.last_ms ?? null;
  return status === undefined || last === null ? null : status.now_ms - last;
}

/** The text without its numbers, which vary. */
const kindOf = (words: string): string => words.replaceAll(/\d+/g, "");
