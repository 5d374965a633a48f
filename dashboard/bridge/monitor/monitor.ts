/**
 * The state that all viewers share: quality, alarms, references, runs and history. It is derived from the windows and
 * the system status, kept in the store, and restored after a restart.
 */
import {
  acknowledgedAgain,
  chamberName,
  defaultDetector,
  isOutdated,
  trendPointOf,
  windowAgeLimits,
  type Acceptance,
  type Alarm,
  type PastSpan,
  type PictureSpan,
  type Quality,
  type ReferenceInfo,
  type Remark,
  type RuleId,
  type RunState,
  type SystemStatus,
  type WindowMessage,
  type WindowSum,
  type WindowUpdate,
} from "../../../pipeline/model/index.js";
import type {
  AcceptNormalRequest,
  RemarkRequest,
  WithdrawRemarkRequest,
} from "../../../pipeline/model/schema/requests.js";
import type { WindowHistory } from "../history.js";
import { AlarmLog } from "../quality/alarms.js";
import type { JudgeOptions } from "../quality/judge.js";
import { ReferenceJudges } from "../quality/reference-judges.js";
import { builtInRules, type Rules } from "../quality/rules-config.js";
import type { WindowPosition } from "../source.js";
import type { Store } from "../store/index.js";
import { LightBook } from "./light-book.js";
import { QuantityTrend } from "./quantity-trend.js";
import { judgedAgain, ReferenceBook } from "./reference-book.js";
import { RemarkBook } from "./remark-book.js";
import { RunRegistry } from "./runs.js";
import type { SinceNote, TotalsSinceStart } from "./totals-since-start.js";
import { sumWindows } from "./sums.js";

/** Notifications of the monitor. */
export interface MonitorListener {
  /** The update that is sent to viewers, before the window is judged. */
  window(update: WindowUpdate): void;
  quality(quality: Quality): void;
  /** @param live false for windows that arrived while the bridge was down and are judged later */
  alarm(alarm: Alarm, live: boolean): void;
  references(references: ReferenceInfo[]): void;
  run(state: RunState): void;
  remark(remark: Remark): void;
}

interface MonitorOptions {
  store: Store;
  history: WindowHistory;
  rules?: Rules;
  detector?: JudgeOptions["detector"];
  unmappedChannels?: JudgeOptions["unmappedChannels"];
  listener: MonitorListener;
}

/** A window whose message is older than this belongs to the past: it is judged at its own time. */
const pastMs = 60_000;
/** A longer time between two statuses, which come every second, is a pause of this process. */
const pausedMs = 3000;
const alarmsKept = 100;
const sinceNote = "since";
const acceptedNote = "accepted as normal";
const acceptancesKept = 100;

export class Monitor {
  readonly rules: Rules;
  readonly runs: RunRegistry;
  readonly references: ReferenceBook;
  readonly remarks: RemarkBook;
  readonly quantities: QuantityTrend;
  private readonly lights: LightBook;
  private readonly since: TotalsSinceStart;
  private readonly alarmBook: AlarmLog;
  private readonly judge: ReferenceJudges;
  private readonly store: Store;
  private readonly history: WindowHistory;
  private readonly listener: MonitorListener;
  /** Number of outdated versions of windows that arrived after newer ones, since the bridge started. */
  outdatedWindows = 0;
  private demo = false;
  private stream = "";
  private windowMs = 5000;
  private lastSent = "";
  private caughtUpMs = 0;
  /** When the last status arrived, by a monotonic clock. */
  private statusAt = Infinity;
  /**
   * Time from which silence counts: the start of the bridge, or 0 if a silence was active when the last bridge ended.
   */
  private readonly startedMs: number;

  constructor(private readonly options: MonitorOptions) {
    ({ store: this.store, history: this.history, listener: this.listener } = options);
    this.rules = options.rules ?? builtInRules;
    const { records } = this.store;
    this.runs = new RunRegistry(this.store);
    this.remarks = new RemarkBook(this.store.shift);
    this.quantities = new QuantityTrend(this.store);
    this.lights = new LightBook(this.store);
    this.since = this.history.sinceStart;
    this.judge = new ReferenceJudges({
      rules: this.rules,
      ...(options.detector === undefined ? {} : { detector: options.detector }),
      ...(options.unmappedChannels === undefined ? {} : { unmappedChannels: options.unmappedChannels }),
    });
    this.references = new ReferenceBook({
      records,
      history: this.history,
      judge: this.judge,
      stream: () => this.stream,
      isAlarmed: () => this.isAlarmed,
      changed: (references) => this.listener.references(references),
    });
    const known = records
      .alarms(Number.MAX_SAFE_INTEGER, alarmsKept)
      .filter((alarm) => alarm.cleared_ms !== null);
    const active = records.activeAlarms();
    this.alarmBook = new AlarmLog([...known, ...active].sort((a, b) => a.raised_ms - b.raised_ms));
    this.startedMs = isSilent(active) ? 0 : Date.now();
    this.restore();
    this.store.withWindows = () => ({
      notes: [[sinceNote, this.since.note()], this.lights.note()],
      run: this.runs.running,
    });
    this.store.memory = () => ({
      windows: this.history.newest(this.history.capacity),
      alarms: this.alarmBook.list(),
      remarks: this.remarks.newest,
    });
  }

  /** Restores the state from the store: windows, totals, the data's own past. */
  private restore(): void {
    const note = this.store.records.note(sinceNote) as SinceNote | null;
    const nowMs = Date.now();
    const windows = this.store
      .newestWindows(this.history.capacity)
      .filter((message) => this.judge.isDue(message, nowMs));
    this.history.restore(windows, note);
    const accepted = this.acceptances.at(-1);
    const before = (message: WindowMessage): boolean =>
      accepted !== undefined && message.emitted_ms < accepted.at_ms;
    // From these, the data's own past is collected.
    const judged = windows.slice(-judgedAgain);
    for (const message of judged.filter(before)) this.judge.takeWindow(message, message.emitted_ms);
    // Data from before "this is normal now" is not used for comparison.
    if (accepted !== undefined) this.judge.setNormal(accepted.by);
    for (const message of judged.filter((one) => !before(one)))
      this.judge.takeWindow(message, message.emitted_ms);
  }

  /** Name of a chamber. */
  readonly nameOf = (chamber: number): string =>
    chamberName(this.options.detector ?? defaultDetector, chamber);

  get quality(): Quality | null {
    return this.judge.quality;
  }

  get alarms(): Alarm[] {
    return this.alarmBook.list();
  }

  /** Number of alarms raised since the bridge started, by rule. */
  get raisedAlarms(): ReadonlyMap<RuleId, number> {
    return this.alarmBook.raised;
  }

  get runState(): RunState {
    return this.runs.state(this.since.sinceMs);
  }

  /**
   * Takes a window or a new version of a known one.
   * @returns false if it was not taken: it starts in the future, or a newer version is known
   */
  takeWindow(message: WindowMessage, position?: WindowPosition): boolean {
    const nowMs = Date.now();
    if (!this.judge.isDue(message, nowMs)) {
      this.judge.recordAhead(message, nowMs);
      return false;
    }
    const held = this.history.byIds([message.msg_ID])[0] ?? this.store.versionOf(message);
    if (held !== null && isOutdated(message, held)) {
      this.outdatedWindows += 1;
      return false;
    }
    this.beginRunOf(message);
    const isPast = nowMs - message.emitted_ms > pastMs;
    if (!isPast) this.noteAlive(nowMs);
    const before =
      held === null ? this.history.before(message.msg_ID) : { point: trendPointOf(held), message: held };
    // Windows that an earlier bridge counted but could not store are read again; they only fill the history.
    const counts = before !== null || message.window.start_ms >= this.store.missingBeforeMs;
    if (counts) this.runs.count(trendPointOf(message), before?.point ?? null);
    const update = this.history.put(message, counts, before);
    this.store.putWindow(message, position);
    if (isPast) this.caughtUpMs = nowMs;
    this.quantities.take(message, before?.message ?? null);
    this.listener.window(update);
    const quality = this.judge.takeWindow(message, isPast ? message.emitted_ms : nowMs);
    this.references.noteAlarmed(message.msg_ID, quality);
    this.conclude(quality, !isPast, true);
    return true;
  }

  /** A run number in the data starts its run only once: a person may have stopped it since. */
  private beginRunOf({ run, window }: WindowMessage): void {
    if (run === undefined || this.runs.isKnown(run)) return;
    const startMs = Math.max(window.start_ms, this.runs.running?.started_ms ?? 0);
    this.runs.start({ number: run, comment: "" }, startMs, this.demo);
    this.since.reset(startMs);
    this.store.records.putNote(sinceNote, this.since.note());
    this.runChanged();
  }

  /** To be called once a second. */
  takeStatus(status: SystemStatus): void {
    const nowMs = status.now_ms;
    this.demo = status.demo;
    this.stream = status.stream;
    this.windowMs = status.window_ms;
    this.noteAlive(nowMs);
    const before = this.statusAt;
    this.statusAt = performance.now();
    // After a pause of this process, windows that it could not read may be waiting.
    if (this.statusAt - before > pausedMs && !isSilent(this.alarmBook.list())) this.caughtUpMs = nowMs;
    // While past windows are read, the newest one is old without a fault.
    if (nowMs - this.caughtUpMs < 3000) return;
    const waitingSinceMs = Math.max(this.startedMs, this.caughtUpMs);
    this.conclude(this.judge.takeStatus(status, nowMs, waitingSinceMs), true, false);
  }

  private noteAlive(nowMs: number): void {
    const { silentMs } = windowAgeLimits(this.windowMs, this.rules.config.rules["stream-silent"]);
    this.lights.alive(nowMs, silentMs);
  }

  private conclude(quality: Quality, live: boolean, always: boolean): void {
    for (const alarm of this.alarmBook.update(quality.findings, quality.judged_ms, this.demo))
      this.publishAlarm(alarm, live);
    this.lights.take(quality);
    if (!live) return;
    const words = summaryOf(quality);
    if (always || words !== this.lastSent) this.listener.quality(quality);
    this.lastSent = words;
  }

  private publishAlarm(alarm: Alarm, live: boolean): void {
    this.store.records.putAlarm(alarm);
    this.listener.alarm(alarm, live);
  }

  /** @returns null when there is no such alarm */
  acknowledge(id: string, by: string, comment: string): Alarm | null {
    const before = this.alarmBook.list().find((one) => one.id === id) ?? this.store.records.alarm(id);
    if (before === null) return null;
    const acknowledged = acknowledgedAgain(before.acknowledged, { by, comment, at_ms: Date.now() });
    const alarm = this.alarmBook.acknowledge(id, acknowledged) ?? { ...before, acknowledged };
    this.publishAlarm(alarm, true);
    return alarm;
  }

  /** @returns null when the alarm is not known or has cleared */
  silence(id: string, by: string, untilMs: number): Alarm | null {
    const alarm = this.alarmBook.silence(id, { by, until_ms: untilMs });
    if (alarm !== null) this.publishAlarm(alarm, true);
    return alarm;
  }

  /** @throws Refused */
  writeRemark(request: RemarkRequest): Remark {
    return this.publishRemark(this.remarks.write(request, Date.now(), this.demo));
  }

  /** @throws Refused */
  withdrawRemark(request: WithdrawRemarkRequest): Remark {
    return this.publishRemark(this.remarks.withdraw(request, Date.now()));
  }

  private publishRemark(remark: Remark): Remark {
    this.listener.remark(remark);
    return remark;
  }

  picture(span: PictureSpan | PastSpan): WindowSum | null {
    if (typeof span === "object" && "up_to" in span) {
      const { up_to: id, windows } = span;
      return sumWindows(this.history.upTo(id, windows) ?? this.store.windowsUpTo(id, windows));
    }
    return span === "since" ? this.since.sum : sumWindows(this.history.newest(span.windows));
  }

  /** Whether an alarm is active. */
  get isAlarmed(): boolean {
    return this.alarmBook.list().some(({ cleared_ms }) => cleared_ms === null);
  }

  /**
   * "This is normal now": the comparison starts from scratch, without a reference.
   * @throws Refused when it cannot be recorded
   */
  acceptNormal({ by, comment = "" }: AcceptNormalRequest): Acceptance {
    const nowMs = Date.now();
    const before = this.judge.quality?.compared_with ?? null;
    this.writeRemark({
      from_ms: nowMs,
      by,
      text: `This is normal now${comment === "" ? "" : `: ${comment}`}`,
    });
    const acceptance = { by, comment, at_ms: nowMs, before };
    this.store.records.putNote(acceptedNote, [...this.acceptances, acceptance].slice(-acceptancesKept));
    if (this.references.chosen.length > 0) this.references.choose([]);
    this.judge.setNormal(by);
    return acceptance;
  }

  /** Oldest first. */
  get acceptances(): Acceptance[] {
    return (this.store.records.note(acceptedNote) as Acceptance[] | null) ?? [];
  }

  startRun(number: number | undefined, comment: string | undefined): RunState {
    this.runs.start(
      { ...(number === undefined ? {} : { number }), ...(comment === undefined ? {} : { comment }) },
      Date.now(),
      this.demo,
    );
    return this.resetTotals();
  }

  stopRun(): RunState {
    this.runs.stop(Date.now());
    return this.runChanged();
  }

  resetTotals(): RunState {
    const nowMs = Date.now();
    this.since.reset(nowMs);
    this.store.records.putNote(sinceNote, this.since.note());
    return this.runChanged();
  }

  runChanged(): RunState {
    const state = this.runState;
    this.listener.run(state);
    return state;
  }
}

/** Text of lights and findings; viewers get an update between windows only when it changes. */
function summaryOf(quality: Quality): string {
  const { whole, data, scintillator, chambers, findings, reference } = quality;
  const lights = [whole, data, scintillator, ...chambers].map(
    ({ state, reason, finding }) => `${state} ${reason} ${finding ?? ""}`,
  );
  const found = findings.map(({ key, state, reason }) => `${key} ${state} ${reason}`);
  return [...lights, ...found, reference?.id ?? ""].join("|");
}

/** Whether an alarm about a silent stream is active. */
function isSilent(alarms: readonly Alarm[]): boolean {
  return alarms.some(({ finding, cleared_ms }) => finding.rule === "stream-silent" && cleared_ms === null);
}
