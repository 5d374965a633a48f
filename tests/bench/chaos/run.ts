/** A chaos run: faults occur while known rows are produced, and the status must be true at every moment. */
import type { Ledger } from "../../../pipeline/model/index.js";
import { pause, untilAborted, waitFor } from "../../../runners/process/index.js";
import { faultsFor, type Fault } from "./faults.js";
import { planOf, type Step } from "./plan.js";
import { ChaosSystem, rateHz, rowsPerMessage, windowMs } from "./system.js";
import { StatusWatch } from "./status-watch.js";

interface ChaosOptions {
  /** Duration of the faults; start, shutdown and audit take a few more minutes. */
  minutes: number;
  seed: number;
  /** Names of the faults; default: all that this machine can simulate. */
  faults?: readonly string[];
  log: (line: string) => void;
  /** Ends the run early. */
  signal: AbortSignal;
}

/** Time limits, generous for a busy machine. */
const limits = { namedMs: 20_000, calmMs: 180_000, readMs: 240_000 };
const newRows = 3000;

/**
 * Runs all phases.
 * @returns problems, one line each; empty when status, windows and audit were right
 */
export async function runChaos(options: ChaosOptions): Promise<string[]> {
  const system = new ChaosSystem();
  const interrupted = untilAborted(options.signal).then(() => Promise.reject(options.signal.reason as Error));
  interrupted.catch(() => undefined);
  try {
    return await Promise.race([new ChaosRun(system, options).run(), interrupted]);
  } finally {
    await system.remove();
  }
}

class ChaosRun {
  private readonly wrong: string[] = [];
  private readonly statusWatch: StatusWatch;

  constructor(
    private readonly system: ChaosSystem,
    private readonly options: ChaosOptions,
  ) {
    this.statusWatch = new StatusWatch(system, (what) => this.fail(what));
  }

  async run(): Promise<string[]> {
    const { system, options } = this;
    const { minutes, seed } = options;
    if (system.disk === null)
      this.print("a separate disk cannot be mounted without root: the fault `fill disk` is skipped");
    await system.start();
    system.sendRows(Math.round(rateHz * 60 * (minutes + 1)));
    this.statusWatch.start();
    try {
      await this.calm(performance.now(), "after the start");
      await this.inject(minutes, seed);
      await this.checkRows("after the faults");
      await this.recreateTopic();
      await this.checkRows("with the new topic");
    } finally {
      await this.statusWatch.stop();
    }
    for (const end of system.producerEnds) this.fail(end);
    for (const fault of await system.end()) this.fail(fault);
    return this.wrong;
  }

  private print(line: string): void {
    this.options.log(`${new Date().toISOString().slice(11, 19)} ${line}`);
  }

  private fail(what: string): void {
    this.wrong.push(what);
    this.print(`WRONG: ${what}`);
  }

  private async inject(minutes: number, seed: number): Promise<void> {
    const { faults: chosen } = this.options;
    const faults = faultsFor(this.system).filter(({ name }) => chosen?.includes(name) ?? true);
    const byName = new Map(faults.map((fault) => [fault.name, fault]));
    const end = performance.now() + minutes * 60_000;
    for (const step of planOf([...byName.keys()], seed)) {
      if (performance.now() >= end) return;
      await this.step(byName.get(step.fault) as Fault, step);
    }
  }

  private async step(fault: Fault, { holdMs, calmMs }: Step): Promise<void> {
    this.statusWatch.expectsCalm = false;
    const begunMs = performance.now();
    const cure = await fault.begin(this.system);
    const named = await this.named(fault, begunMs);
    if (cure !== null) {
      await pause(Math.max(0, holdMs - (performance.now() - begunMs)));
      await cure();
    }
    const curedMs = performance.now();
    const what = cure === null ? "" : `, cured after ${seconds(curedMs - begunMs)}`;
    const calm = await this.calm(curedMs, `after ${fault.name}`);
    this.print(`${fault.name}: ${named}${what}, ${calm}`);
    await pause(calmMs);
  }

  private async named({ name, named }: Fault, begunMs: number): Promise<string> {
    const shown = await this.statusWatch.waitForProblem(named, limits.namedMs);
    if (shown !== null) return `named after ${seconds(performance.now() - begunMs)} ("${shown}")`;
    this.fail(`${name} was not named within ${limits.namedMs / 1000} s: "${this.statusWatch.problems}"`);
    return "NOT named";
  }

  /** Waits for a healthy status and for windows from after the call. */
  private async calm(sinceMs: number, when: string): Promise<string> {
    const isCalm = await this.statusWatch.calm(limits.calmMs);
    if (!isCalm)
      this.fail(`${when} not calm within ${limits.calmMs / 1000} s: "${this.statusWatch.problems}"`);
    this.statusWatch.expectsCalm = isCalm;
    return isCalm ? `calm after ${seconds(performance.now() - sinceMs)}` : "NOT calm";
  }

  /** Checks that each known row is in exactly one window on topic, page and bridge, and that the audit confirms it. */
  private async checkRows(when: string): Promise<void> {
    const { system } = this;
    this.statusWatch.expectsCalm = false;
    await system.sendRest();
    const { rows } = system.known;
    const isShown = async (): Promise<boolean> =>
      (await system.rowsShown("up")) === rows && (await system.rowsShown("bridge")) === rows;
    await waitFor(isShown, { everyMs: 500, withinMs: limits.readMs });
    for (const by of ["up", "bridge"] as const) {
      const shown = await system.rowsShown(by);
      if (shown !== rows) this.fail(`${when} ${by} shows ${shown} of ${rows} rows`);
    }
    const ledger = await system.ledgerOfWindows();
    if (text(ledger) !== text(system.known))
      this.fail(`${when} the windows contain ${text(ledger)}, not ${text(system.known)}`);
    const audit = await system.verb("audit", "--settle", "0", "--lateness", "600").catch(String);
    if (!audit.startsWith("every message is accounted for")) this.fail(`${when} ${audit.trim()}`);
    this.print(`${when}: ${rows} rows sent, ${ledger.rows} in windows; ${audit.trim()}`);
  }

  /**
   * Recreates the topic of rows under the running job. The job skips all messages below its old offsets; they are
   * counted as unread until another job reads the new topic from its start.
   */
  private async recreateTopic(): Promise<void> {
    const { system } = this;
    const before = await system.rowsShown();
    await system.verb("topics", "delete", "data_raw", "--yes");
    await system.verb("topics", "create", "data_raw", "--partitions", "2");
    const begunMs = performance.now();
    const named = await this.named(
      { name: "another topic data_raw", named: recreated, begin: nothing },
      begunMs,
    );
    system.sendRows(newRows);
    await system.sendRest();
    const unread = async (): Promise<number> =>
      rowsPerMessage * ((await system.health()).status.unread?.raw_messages ?? 0);
    // Some of the skipped messages are heartbeats without rows.
    const counted = async (): Promise<boolean> =>
      (await system.rowsShown()) - before + (await unread()) >= newRows;
    if ((await waitFor(counted, { everyMs: 500, withinMs: limits.readMs })) === null)
      this.fail("rows of the new topic are neither in windows nor counted as unread");
    const uncounted = await unread();
    await system.verb("cancel");
    await system.verb("submit", "--window", `${windowMs / 1000}`, "--lateness", "600");
    system.sendRows(newRows);
    const calm = await this.calm(performance.now(), "after cancel and submit");
    this.print(
      `recreate data_raw: ${named}, at most ${uncounted} rows counted as unread; job submitted again, ${calm}`,
    );
  }
}

const recreated = /topic data_raw was deleted and created again; the job skips \d+ of its messages/;
const nothing = (): Promise<null> => Promise.resolve(null);
const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

function text({ rows, malformed, head_rejected, unmapped, scintillator, hits }: Ledger): string {
  return JSON.stringify({ rows, malformed, head_rejected, unmapped, scintillator, hits });
}
