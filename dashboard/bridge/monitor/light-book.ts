/**
 * Records every change of a light or of its fault, with the reason given most often until the next one. While no bridge runs
 * or its process is paused, nothing is judged, so the lights have no data from then to the next judgement.
 */
import {
  lightName,
  lightsOfQuality,
  type Finding,
  type Quality,
  type QualityChange,
  type Verdict,
} from "../../../pipeline/model/index.js";
import { Diagnoses } from "../quality/index.js";
import type { Store } from "../store/index.js";

const aliveNote = "alive";
/** Interval at which the time is stored if no windows arrive: the end of a killed bridge is known this precisely. */
const aliveEveryMs = 10_000;

export class LightBook {
  /** Last recorded state of each light. */
  private readonly last = new Map<string, QualityChange>();
  /** Diagnoses of the findings that changed the lights, by light. */
  private readonly diagnoses = new Map<string, Diagnoses>();
  /** Newest time at which a bridge is known to have run, as last stored here. */
  private aliveMs: number;
  private newestMs: number;
  private isStarted = false;

  constructor(private readonly store: Store) {
    const before = store.shift.lastChanges(Number.MAX_SAFE_INTEGER);
    const noted = (store.records.note(aliveNote) as number | null) ?? 0;
    this.aliveMs = before.reduce((ms, { at_ms }) => Math.max(ms, at_ms), noted);
    this.newestMs = this.aliveMs;
    for (const change of before) this.last.set(lightName(change.light), change);
    this.end(this.aliveMs, "the bridge was off");
  }

  /** Records that nothing was judged from a time on. */
  private end(at_ms: number, reason: string): void {
    const ended = [...this.last.values()]
      .filter(({ to }) => to !== "none")
      .map(({ light, to }): QualityChange => ({
        at_ms,
        window_id: null,
        light,
        from: to,
        to: "none",
        reason,
      }));
    for (const change of ended) this.last.set(lightName(change.light), change);
    this.diagnoses.clear();
    this.store.records.putChanges(ended);
  }

  take(quality: Quality): void {
    const { judged_ms: at_ms, window_id } = quality;
    const changes: QualityChange[] = [];
    for (const [light, verdict] of lightsOfQuality(quality)) {
      const { state: to, reason, finding: key } = verdict;
      const finding = quality.findings.find((one) => one.key === key);
      const last = this.last.get(lightName(light));
      const from = last?.to ?? "none";
      // Another fault of the same severity is a change, too: what the light shows is no longer the first one.
      if (from === to && (key === null || key === last?.finding)) {
        if (last !== undefined) this.correct(last, verdict, finding);
        continue;
      }
      changes.push({ at_ms, window_id, light, from, to, reason, ...(key === null ? {} : { finding: key }) });
      if (finding === undefined) this.diagnoses.delete(lightName(light));
      else this.diagnoses.set(lightName(light), new Diagnoses(finding));
    }
    for (const change of changes) this.last.set(lightName(change.light), change);
    this.store.records.putChanges(changes);
  }

  /** Replaces the reason of the last change if another one of the same finding has been given as often. */
  private correct(last: QualityChange, { reason }: Verdict, finding: Finding | undefined): void {
    const diagnoses = this.diagnoses.get(lightName(last.light));
    if (diagnoses === undefined || finding === undefined || finding.key !== last.finding) return;
    const before = diagnoses.name;
    diagnoses.add(finding);
    if (diagnoses.name === before) return;
    const change = { ...last, reason };
    this.last.set(lightName(last.light), change);
    this.store.records.putReason(change);
  }

  /**
   * To be called once a second, and before a window is judged: records until when the lights are known.
   * @param silentMs after a longer time without a judgement, the lights were not known
   */
  alive(nowMs: number, silentMs: number): void {
    if (this.isStarted && nowMs - this.newestMs > silentMs) this.end(this.newestMs, "the bridge was paused");
    this.isStarted = true;
    this.newestMs = nowMs;
    if (Math.abs(nowMs - this.aliveMs) < aliveEveryMs) return;
    this.aliveMs = nowMs;
    this.store.records.putNote(aliveNote, nowMs);
  }

  /** The newest time, for storing it together with windows. */
  note(): [name: string, value: number] {
    return [aliveNote, this.newestMs];
  }
}
