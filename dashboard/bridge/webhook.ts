/** Alarms to a webhook: one request for each that is raised or cleared, tried again, never more waiting than a few. */
import type { Alarm } from "../../pipeline/model/index.js";

export interface WebhookOptions {
  /** May hold a secret: it is never logged. */
  url: string;
  /** Name of the telescope, for the text. */
  stream: string;
  /** Where the page is, for the text. */
  pageUrl: () => string;
  log: (line: string) => void;
  /** Pauses before the tries after the first, ms. */
  pausesMs?: readonly number[];
}

/** What is posted. `text` is what chat services show. */
export interface WebhookBody {
  text: string;
  event: "raised" | "cleared";
  stream: string;
  demo: boolean;
  alarm: Alarm;
}

const maxWaiting = 100;
const answerMs = 10_000;
const defaultPausesMs = [1_000, 5_000, 30_000, 120_000];

export class Webhook {
  /** Alarms that were not delivered: given up, or too many waiting. */
  dropped = 0;
  private readonly waiting: WebhookBody[] = [];
  /** Whether the raising of an alarm was told, by id: only changes are. */
  private readonly told = new Map<string, boolean>();
  private readonly ending = new AbortController();
  private running: Promise<void> | null = null;

  constructor(private readonly options: WebhookOptions) {}

  take(alarm: Alarm): void {
    const stands = alarm.cleared_ms === null;
    if (this.told.get(alarm.id) === stands || (!stands && !this.told.has(alarm.id))) return;
    this.told.delete(alarm.id);
    this.told.set(alarm.id, stands);
    const [oldest] = this.told.keys();
    if (this.told.size > 1000) this.told.delete(oldest as string);
    if (this.waiting.length >= maxWaiting) {
      this.waiting.shift();
      this.dropped += 1;
    }
    this.waiting.push(this.bodyOf(alarm, stands));
    this.running ??= this.work().finally(() => (this.running = null));
  }

  private bodyOf(alarm: Alarm, stands: boolean): WebhookBody {
    const { stream, pageUrl } = this.options;
    const { finding, demo } = alarm;
    const what = stands ? finding.state.toUpperCase() : "CLEARED";
    const text = `${demo ? "DEMO " : ""}${stream}: ${what}: ${placeOf(alarm)}${finding.reason}. ${stands ? finding.what_to_do : ""} ${pageUrl()}`;
    return { text: text.replaceAll(/ +/g, " "), event: stands ? "raised" : "cleared", stream, demo, alarm };
  }

  private async work(): Promise<void> {
    for (let body = this.waiting.shift(); body !== undefined; body = this.waiting.shift()) {
      if (!(await this.deliver(body))) this.dropped += 1;
      if (this.ending.signal.aborted) return;
    }
  }

  private async deliver(body: WebhookBody): Promise<boolean> {
    let reason = "";
    for (const pause of [0, ...(this.options.pausesMs ?? defaultPausesMs)]) {
      await this.sleep(pause);
      if (this.ending.signal.aborted) return false;
      try {
        const status = await this.post(body);
        if (status < 300) return true;
        reason = `it answers ${status}`;
        // It will not like it better the next time.
        if (status < 500 && status !== 429 && status !== 408) break;
      } catch (error) {
        reason = error instanceof Error ? error.name : "no answer";
      }
    }
    this.options.log(`an alarm could not be sent to the webhook: ${reason}`);
    return false;
  }

  private async post(body: WebhookBody): Promise<number> {
    const response = await fetch(this.options.url, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
      redirect: "manual",
      signal: AbortSignal.any([this.ending.signal, AbortSignal.timeout(answerMs)]),
    });
    await response.body?.cancel();
    return response.status;
  }

  private sleep(ms: number): Promise<void> {
    if (ms === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.ending.signal.addEventListener("abort", () => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  /** Gives up what waits. */
  async close(): Promise<void> {
    this.ending.abort();
    await this.running;
  }
}

function placeOf({ finding: { scope } }: Alarm): string {
  return "chamber" in scope ? `chamber ${scope.chamber}: ` : "";
}
