/** Delay from the end of a window to its light on the page: a running system, its socket, and a real browser. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "playwright-core";
import type { WindowMessage } from "../../../pipeline/model/index.js";
import { readRanges, wholeTopic } from "../../../runners/kafka/index.js";
import { waitFor } from "../../../runners/process/index.js";
import { findChromium, launch, watchComplaints } from "../../helpers/browser.js";
import { startVerb, type Verb } from "../chaos/processes.js";

export interface LightRun {
  runner: "embedded" | "flink";
  windowMs: number;
  rateHz: number;
  /** Windows to measure; those shown first, while the programs compile their code, are left out. */
  windows: number;
}

/** Moments of a window, wall clock of this machine, ms. */
export interface Moments {
  id: number;
  /** Versions of its message: above 1 if rows arrived after the first one. */
  versions: number;
  /** End of the window. */
  end: number;
  /** The pipeline has made the message. */
  emitted: number;
  /** Kafka has got the message from the job: its record time; NaN without Kafka. */
  written: number;
  /** The bridge has read the message and judges it. */
  judged: number;
  /** The page has received the judgement. */
  received: number;
  /** The page contains the light. */
  changed: number;
  /** The next frame has been painted, so the light is on the screen: at most one frame too late. */
  painted: number;
}

const warmUpWindows = 30;
const startMs = 300_000;
const askMs = 10_000;

/** What the page saw of its windows, by number: times are those of the first version of a window. */
interface Seen {
  /** Hits of each version on the socket. */
  hits: Record<number, number[]>;
  hitsOnPage: Record<number, number>;
  judged: Record<number, number>;
  received: Record<number, number>;
  changed: Record<number, number>;
  painted: Record<number, number>;
}

type WithSeen = typeof globalThis & { seen: Seen };

/**
 * @returns moments of each window, oldest first
 * @throws Error if the page, the socket and the messages differ in the hits of a window
 */
export async function measureLight(run: LightRun): Promise<Moments[]> {
  const folder = mkdtempSync(join(tmpdir(), "muonitor-light-"));
  const up = startVerb(
    ...["up", "--runner", run.runner, "--window", `${run.windowMs / 1000}`, "--rate", `${run.rateHz}`],
    ...["--rows-per-message", "1", "--port", "0", "--state-dir", folder],
  );
  try {
    const [, url = ""] = await outputOf(up, /is live at (\S+)\n/);
    const seen = await watchPage(url, run);
    const messages = await messagesOf(url, seen);
    const written = run.runner === "flink" ? await writtenWindows(up) : null;
    return momentsOf(run, seen, messages, written);
  } finally {
    up.signal("SIGINT");
    await up.ended;
    rmSync(folder, { recursive: true, force: true });
  }
}

async function outputOf(verb: Verb, pattern: RegExp): Promise<RegExpExecArray> {
  const found = await waitFor(() => pattern.exec(verb.output()) ?? (!verb.isRunning() && "ended"), {
    everyMs: 100,
    withinMs: startMs,
  });
  if (found === null || found === "ended") throw new Error(`muonitor has not started: ${verb.output()}`);
  return found;
}

/** Opens the page until it has shown all windows. */
async function watchPage(url: string, { windows, windowMs }: LightRun): Promise<Seen> {
  const executable = findChromium();
  if (executable === null) throw new Error("no Chromium on this machine: set CHROMIUM_PATH");
  const browser = await launch(executable);
  try {
    const page = await browser.newPage({ viewport: { width: 1920, height: 1080 } });
    const complaints = await watchComplaints(page);
    await page.addInitScript(watchWindows);
    await page.goto(url);
    const seen = await seenBy(page, warmUpWindows + windows + 2, windowMs);
    if (complaints.length > 0) throw new Error(`the page reports ${complaints.join("; ")}`);
    return seen;
  } finally {
    await browser.close();
  }
}

async function seenBy(page: Page, windows: number, windowMs: number): Promise<Seen> {
  await page.waitForFunction(
    (wanted) => Object.keys((globalThis as WithSeen).seen.painted).length >= wanted,
    windows,
    { timeout: startMs + 2 * windows * windowMs, polling: 1000 },
  );
  return page.evaluate(() => (globalThis as WithSeen).seen);
}

/** Runs in the page, before its scripts: notes when judgements arrive and when they are shown, and the hits of windows. */
function watchWindows(): void {
  const seen: Seen = { hits: {}, hitsOnPage: {}, judged: {}, received: {}, changed: {}, painted: {} };
  (globalThis as WithSeen).seen = seen;
  const numberIn = (text: string, key: string): number =>
    Number(new RegExp(`"${key}":(\\d+)`).exec(text)?.[1] ?? NaN);
  const receive = (text: string): void => {
    if (text.startsWith('42["window"')) {
      const id = numberIn(text, "msg_ID");
      (seen.hits[id] ??= []).push(numberIn(text, "hit_count"));
    }
    if (!text.startsWith('42["quality"')) return;
    const id = numberIn(text, "window_id");
    seen.received[id] ??= Date.now();
    seen.judged[id] ??= numberIn(text, "judged_ms");
  };
  globalThis.WebSocket = class extends WebSocket {
    constructor(url: string | URL, protocols?: string | string[]) {
      super(url, protocols);
      this.addEventListener("message", ({ data }) => receive(String(data)));
    }
  };
  const shown = ({ target }: MutationRecord): void => {
    const { windowId, testid } = (target as HTMLElement).dataset;
    const id = Number(windowId);
    if (testid === "last-data") {
      const text = document.querySelector("[data-testid=total-hits]")?.textContent ?? "";
      seen.hitsOnPage[id] ??= Number(text.replace(/\D/g, ""));
    } else if (testid === "verdict") {
      seen.changed[id] ??= Date.now();
      requestAnimationFrame(() => setTimeout(() => (seen.painted[id] ??= Date.now())));
    }
  };
  new MutationObserver((records) => records.forEach(shown)).observe(document, {
    subtree: true,
    attributeFilter: ["data-window-id"],
  });
}

interface Written {
  message: WindowMessage;
  /** Kafka's record time, ms. */
  timestampMs: number;
}

/** The newest versions, from the bridge. */
async function messagesOf(url: string, { painted }: Seen): Promise<Map<number, WindowMessage>> {
  const path = `/api/v1/windows?from_ms=0&to_ms=${Date.now()}&limit=1000`;
  const response = await fetch(new URL(path, url), { signal: AbortSignal.timeout(askMs) });
  if (!response.ok) throw new Error(`${path}: HTTP status ${response.status}`);
  const messages = (await response.json()) as WindowMessage[];
  return new Map(messages.filter(({ msg_ID }) => msg_ID in painted).map((one) => [one.msg_ID, one]));
}

/** Versions of the windows in Kafka, oldest first, by number. */
async function writtenWindows(up: Verb): Promise<Map<number, Written[]>> {
  const [, bootstrapServers = ""] = await outputOf(up, /Kafka is at (\S+)/);
  const [access, topic] = [{ bootstrapServers }, "data_clean"];
  const written = new Map<number, Written[]>();
  await readRanges({
    ...{ access, topic, ranges: await wholeTopic(access, topic) },
    take: ({ value, timestampMs }) => {
      const message = JSON.parse(String(value)) as WindowMessage;
      written.set(message.msg_ID, [...(written.get(message.msg_ID) ?? []), { message, timestampMs }]);
      return true;
    },
  });
  return written;
}

function momentsOf(
  { windows, windowMs, rateHz }: LightRun,
  seen: Seen,
  messages: ReadonlyMap<number, WindowMessage>,
  written: ReadonlyMap<number, readonly Written[]> | null,
): Moments[] {
  const [firstId = 0] = [...messages.keys()].sort((a, b) => a - b).slice(warmUpWindows);
  const ids = Array.from({ length: windows }, (_, i) => firstId + i);
  const all = ids.map((id) => messages.get(id));
  const rows = all.reduce((sum, message) => sum + (message?.ledger.rows ?? 0), 0);
  const measuredHz = (1000 * rows) / (windows * windowMs);
  if (Math.abs(measuredHz / rateHz - 1) > 0.05)
    throw new Error(`${measuredHz.toFixed(0)} rows/s, ${rateHz} expected`);
  return ids.map((id, i) => {
    const versions = written?.get(id) ?? [];
    const message = checkedMessage(id, seen, all[i], versions);
    const [first] = versions;
    return {
      ...{ id, versions: seen.hits[id]?.length ?? 0, end: message.window.end_ms },
      emitted: first?.message.emitted_ms ?? message.emitted_ms,
      written: first?.timestampMs ?? NaN,
      judged: seen.judged[id] ?? NaN,
      received: seen.received[id] ?? NaN,
      changed: seen.changed[id] ?? NaN,
      painted: seen.painted[id] ?? NaN,
    };
  });
}

/** @throws Error if the hits of a window differ between the bridge, the socket, the page and Kafka */
function checkedMessage(
  id: number,
  { hits, hitsOnPage }: Seen,
  message: WindowMessage | undefined,
  versions: readonly Written[],
): WindowMessage {
  const socket = hits[id] ?? [];
  const inKafka = versions.map((one) => one.message.hit_count);
  const agree =
    message?.hit_count === socket.at(-1) &&
    hitsOnPage[id] === socket[0] &&
    (inKafka.length === 0 || inKafka.join() === socket.join());
  if (message !== undefined && agree) return message;
  const words = `bridge ${message?.hit_count}, socket ${socket.join()}, page ${hitsOnPage[id]}, Kafka ${inKafka.join()}`;
  throw new Error(`window ${id}: hits differ: ${words}`);
}
