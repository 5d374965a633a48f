/** The system under chaos: `up --runner flink`, a separate bridge, and a producer of known rows. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  createLedger,
  mergeLedger,
  type Ledger,
  type Quality,
  type SystemStatus,
  type WindowMessage,
} from "../../../pipeline/model/index.js";
import { readRanges, wholeTopic } from "../../../runners/kafka/index.js";
import { waitFor } from "../../../runners/process/index.js";
import { knownRows } from "../measure/known-rows.js";
import { SmallDisk } from "../../helpers/small-disk.js";
import { descendantsOf, runVerb, startVerb, type Verb } from "./processes.js";

export const windowMs = 2000;
export const rateHz = 500;
export const rowsPerMessage = 10;
const diskMb = 900;
const startMs = 300_000;
const askMs = 10_000;

interface State {
  status: SystemStatus | null;
  quality: Quality | null;
}

/** Status of the system, or of the separate bridge. */
export interface Health {
  status: SystemStatus;
  /** The problem in the status, or the finding that the stream is silent; null when healthy. */
  trouble: string | null;
}

export class ChaosSystem {
  readonly disk: SmallDisk | null;
  private readonly folder = mkdtempSync(join(tmpdir(), "muonitor-chaos-"));
  private readonly stateFolder = join(this.folder, "state");
  private readonly rowsFile = join(this.folder, "rows.txt");
  private up!: Verb;
  private bridge!: Verb;
  private producer: Verb | null = null;
  /** Ledger of the known rows, sent or being sent. */
  readonly known: Ledger = createLedger();
  private brokers = "";
  /** Unexpected exits of the producer. */
  readonly producerEnds: string[] = [];

  constructor() {
    mkdirSync(this.stateFolder);
    this.disk = SmallDisk.mount(this.stateFolder, diskMb);
  }

  async start(): Promise<void> {
    const own = ["--port", "0", "--state-dir", this.stateFolder];
    const lateness = ["--lateness", "600"];
    this.up = startVerb(
      "up",
      "--runner",
      "flink",
      "--no-source",
      "--window",
      `${windowMs / 1000}`,
      ...lateness,
      ...own,
    );
    await this.waitForOutput(this.up, /is live at (\S+)\n/);
    this.brokers = await this.waitForOutput(this.up, /Kafka is at (\S+)/);
    await this.startBridge();
  }

  /** The bridge as a separate program, with its own state folder. */
  async startBridge(): Promise<void> {
    const own = ["--port", "0", "--state-dir", join(this.folder, "bridge")];
    this.bridge = startVerb("bridge", "--bootstrap-servers", this.brokers, "--keep-alive", "never", ...own);
    await this.waitForOutput(this.bridge, /Muonitor shows .* at (\S+)\n/);
  }

  async killBridge(): Promise<void> {
    this.bridge.signal("SIGKILL");
    await this.bridge.ended;
  }

  private async waitForOutput(verb: Verb, pattern: RegExp): Promise<string> {
    const found = await waitFor(() => pattern.exec(verb.output()) ?? (!verb.isRunning() && "ended"), {
      everyMs: 100,
      withinMs: startMs,
    });
    if (found === null || found === "ended") throw new Error(`muonitor has not started: ${verb.output()}`);
    return found[1] as string;
  }

  /** Writes another file of rows with a known answer, and sends it at the usual rate. */
  sendRows(rows: number): void {
    const { bytes, ledger } = knownRows(rows, rateHz);
    mergeLedger(this.known, ledger);
    writeFileSync(this.rowsFile, bytes);
    this.startProducer(rateHz);
  }

  /** Starts the producer, or restarts it after a kill. @param rate rows/s, 0 for unlimited */
  private startProducer(rate: number): void {
    const rows = ["--input", this.rowsFile, "--rate", `${rate}`, "--rows-per-message", `${rowsPerMessage}`];
    const producer = startVerb("produce", ...rows, "--state-dir", this.stateFolder);
    this.producer = producer;
    void producer.ended.then((code) => {
      if (this.producer !== producer || code === 0) return;
      this.producerEnds.push(
        `produce has ended with ${code}: ${producer.output().trim().split("\n").at(-1) ?? ""}`,
      );
      this.startProducer(rate);
    });
  }

  continueProducing(): void {
    this.startProducer(rateHz);
  }

  async killProducer(): Promise<void> {
    const { producer } = this;
    this.producer = null;
    producer?.signal("SIGKILL");
    await producer?.ended;
  }

  get isProducing(): boolean {
    return this.producer?.isRunning() === true;
  }

  /** Sends the remaining rows at full speed. */
  async sendRest(): Promise<void> {
    if (this.isProducing) {
      await this.killProducer();
      this.startProducer(0);
    }
    await waitFor(() => !this.isProducing, { everyMs: 200 });
  }

  /** PID of a service, found by part of its command line. @throws Error if there is none */
  pidOf(words: string): number {
    const found = descendantsOf(this.up.pid).find(({ command }) => command.includes(words));
    if (found === undefined) throw new Error(`no process with ${words}`);
    return found.pid;
  }

  health(): Promise<Health> {
    return readHealth(addressIn(this.up));
  }

  bridgeHealth(): Promise<Health> {
    return readHealth(addressIn(this.bridge));
  }

  /** Rows in the windows that the system or the separate bridge shows. */
  async rowsShown(by: "up" | "bridge" = "up"): Promise<number> {
    const address = addressIn(this[by]);
    const path = `/api/v1/windows?from_ms=0&to_ms=${Date.now() + 3_600_000}&limit=1000`;
    const windows = await askFor<Pick<WindowMessage, "ledger">[]>(address, path);
    return windows.reduce((rows, { ledger }) => rows + ledger.rows, 0);
  }

  /** Sum of the ledgers of the last message of each window on the topic. */
  async ledgerOfWindows(): Promise<Ledger> {
    const access = { bootstrapServers: this.brokers };
    const topic = "data_clean";
    const newest = new Map<string, WindowMessage>();
    await readRanges({
      ...{ access, topic, ranges: await wholeTopic(access, topic) },
      take: ({ key, value }) => {
        if (value !== null) newest.set(String(key), JSON.parse(String(value)) as WindowMessage);
        return true;
      },
    });
    const total = createLedger();
    for (const { ledger } of newest.values()) mergeLedger(total, ledger);
    return total;
  }

  verb(...args: string[]): Promise<string> {
    return runVerb(...args, "--state-dir", this.stateFolder);
  }

  /** Log of `up`. */
  get log(): string {
    return this.up.output();
  }

  /** Stops the system by Ctrl-C. @returns problems of the shutdown */
  async end(): Promise<string[]> {
    await this.killProducer();
    await this.killBridge();
    const left = descendantsOf(this.up.pid);
    this.up.signal("SIGINT");
    const code = await this.up.ended;
    const alive =
      (await waitFor(() => left.every(({ pid }) => !isRunning(pid)), { everyMs: 100, withinMs: 5000 })) ??
      false;
    return [
      ...(code === 0 ? [] : [`up has ended with ${code}`]),
      ...(alive ? [] : ["up has left processes behind"]),
    ];
  }

  /** Cleans up, also after a failure. */
  async remove(): Promise<void> {
    const { producer } = this;
    this.producer = null;
    for (const verb of [producer, this.bridge as Verb | undefined]) verb?.signal("SIGKILL");
    const up = this.up as Verb | undefined;
    if (up?.isRunning() === true) {
      up.signal("SIGINT");
      await up.ended;
    }
    this.disk?.unmount();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

function addressIn(verb: Verb): string {
  return /Muonitor .* at (http\S+)\n/.exec(verb.stdout())?.[1] ?? "";
}

async function readHealth(address: string): Promise<Health> {
  const { status, quality } = await askFor<State>(address, "/api/v1/state");
  if (status === null) throw new Error("no status yet");
  // Nothing is judged before the first window.
  const silent = quality?.findings.find(({ rule }) => rule === "stream-silent")?.reason ?? null;
  return { status, trouble: status.problem ?? silent };
}

async function askFor<T>(address: string, path: string): Promise<T> {
  const response = await fetch(new URL(path, address), { signal: AbortSignal.timeout(askMs) });
  if (!response.ok) throw new Error(`${path}: HTTP status ${response.status}`);
  return (await response.json()) as T;
}
