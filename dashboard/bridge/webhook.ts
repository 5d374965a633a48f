/**
 * Sends alarms to a webhook: one request when an alarm is raised, gets worse, clears or is reopened. Failed requests
 * are retried, the queue is bounded, and deliveries are remembered across restarts.
 */
import { alarmNews, type Alarm, type AlarmNews } from "../../pipeline/model/index.js";

interface WebhookOptions {
  /** May hold a secret: it is never logged. */
  url: string;
  /** Name of the telescope, for the text. */
  stream: string;
  /** Address of the page, for the text. */
  pageUrl: () => string;
  log: (line: string) => void;
  /** Storage for deliveries; default: none. */
  memory?: WebhookMemory;
  /** Pauses before retries, ms. */
  pausesMs?: readonly number[];
}

/** Delivered notices of active alarms, by id. */
type Delivered = Record<string, AlarmNews>;

export interface WebhookMemory {
  /** Null if nothing has been stored yet. */
  read: () => Delivered | null;
  write: (delivered: Delivered) => void;
}

/** The posted body. `text` is what chat services show. */
export interface WebhookBody {
  text: string;
  /** "raised" also if a warning has become bad or an alarm was reopened: see the alarm's finding. */
  event: "raised" | "cleared";
  stream: string;
  demo: boolean;
  alarm: Alarm;
}

interface PendingDelivery {
  body: WebhookBody;
  news: AlarmNews;
}

const maxWaiting = 100;
const answerMs = 10_000;
/** Time to wait for pending requests when the bridge stops; unanswered requests are sent again later. */
const lastAnswerMs = 1000;
const defaultPausesMs = [1_000, 5_000, 30_000, 120_000];

export class Webhook {
  /** Number of alarms that were not delivered: retries used up, or queue full. */
  dropped = 0;
  private readonly waiting: PendingDelivery[] = [];
  /** Notices accepted for delivery, by id. */
  private readonly lastNews = new Map<string, AlarmNews>();
  private readonly delivered = new Map<string, AlarmNews>();
  private readonly ending = new AbortController();
  private readonly ended = new AbortController();
  private running: Promise<void> | null = null;

  constructor(private readonly options: WebhookOptions) {}

  /**
   * Resumes after a restart: sends undelivered notices of these alarms.
   * @param alarms active alarms and the newest cleared ones, newest first
   */
  resume(alarms: readonly Alarm[]): void {
    const kept = this.options.memory?.read() ?? null;
    for (const alarm of alarms.toReversed()) {
      // Without a record, alarms active at the start count as delivered.
      const before = kept === null ? alarmNews(alarm, undefined) : (kept[alarm.id] ?? null);
      if (before !== null) {
        this.lastNews.set(alarm.id, before);
        this.delivered.set(alarm.id, before);
      }
      this.take(alarm);
    }
    this.remember();
  }

  take(alarm: Alarm): void {
    const news = alarmNews(alarm, this.lastNews.get(alarm.id));
    if (news === null) return;
    this.lastNews.delete(alarm.id);
    this.lastNews.set(alarm.id, news);
    const [oldest] = this.lastNews.keys();
    if (this.lastNews.size > 1000) this.lastNews.delete(oldest as string);
    if (this.waiting.length >= maxWaiting) {
      this.waiting.shift();
      this.dropped += 1;
    }
    this.waiting.push({ body: this.bodyOf(alarm, news !== "cleared"), news });
    this.running ??= this.work().finally(() => (this.running = null));
  }

  private bodyOf(alarm: Alarm, isActive: boolean): WebhookBody {
    const { stream, pageUrl } = this.options;
    const { finding, demo } = alarm;
    const what = isActive ? finding.state.toUpperCase() : "CLEARED";
    const text = `${demo ? "DEMO " : ""}${stream}: ${what}: ${placeOf(alarm)}${finding.reason}. ${isActive ? finding.what_to_do : ""} ${pageUrl()}`;
    return { text: text.replaceAll(/ +/g, " "), event: isActive ? "raised" : "cleared", stream, demo, alarm };
  }

  private async work(): Promise<void> {
    for (let next = this.waiting.shift(); next !== undefined; next = this.waiting.shift()) {
      if (await this.deliver(next.body)) this.keep(next);
      else this.dropped += 1;
      if (this.ending.signal.aborted) return;
    }
  }

  private keep({ body: { alarm }, news }: PendingDelivery): void {
    if (news === "cleared") this.delivered.delete(alarm.id);
    else this.delivered.set(alarm.id, news);
    this.remember();
  }

  private remember(): void {
    this.options.memory?.write(Object.fromEntries(this.delivered));
  }

  private async deliver(body: WebhookBody): Promise<boolean> {
    let reason = "";
    for (const pause of [0, ...(this.options.pausesMs ?? defaultPausesMs)]) {
      await this.sleep(pause);
      if (this.ending.signal.aborted) return false;
      try {
        const status = await this.post(body);
        if (status < 300) return true;
        reason = `the server answered ${status}`;
        // A retry would fail again.
        if (status < 500 && status !== 429 && status !== 408) break;
      } catch (error) {
        reason = error instanceof Error ? error.name : "no answer";
      }
    }
    this.options.log(`cannot send an alarm to the webhook: ${reason}`);
    return false;
  }

  private async post(body: WebhookBody): Promise<number> {
    const response = await fetch(this.options.url, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
      redirect: "manual",
      signal: AbortSignal.any([this.ended.signal, AbortSignal.timeout(answerMs)]),
    });
    await response.body?.cancel();
    return response.status;
  }

  private sleep(ms: number): Promise<void> {
    // A listener added after the abort is never called.
    if (ms === 0 || this.ending.signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.ending.signal.addEventListener("abort", () => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  /** Stops deliveries. Pending notices are sent after the restart if they still apply. */
  async close(): Promise<void> {
    this.ending.abort();
    const timer = setTimeout(() => this.ended.abort(), lastAnswerMs);
    await this.running;
    clearTimeout(timer);
  }
}

function placeOf({ finding: { scope, chamber_name } }: Alarm): string {
  return "chamber" in scope ? `chamber ${chamber_name ?? scope.chamber}: ` : "";
}
