/**
 * Writes down every change of a light. While no bridge runs, nothing is judged: from its end to the next judgement the lights
 * have no data.
 */
import {
  lightName,
  lightsOfQuality,
  type Quality,
  type QualityChange,
} from "../../../pipeline/model/index.js";
import type { Store } from "../store/index.js";

const aliveNote = "alive";
/** A killed bridge has judged at least until this much before its end. */
const aliveEveryMs = 10_000;

export class LightBook {
  /** State of each light as it was last written. */
  private readonly last = new Map<string, QualityChange>();
  private aliveMs: number;

  constructor(private readonly store: Store) {
    this.aliveMs = (store.records.note(aliveNote) as number | null) ?? 0;
    const before = store.shift.lastChanges(Number.MAX_SAFE_INTEGER);
    const ended = before.filter(({ to }) => to !== "none").map((change) => this.ended(change));
    store.records.putChanges(ended);
    for (const change of [...before, ...ended]) this.last.set(lightName(change.light), change);
  }

  private ended({ light, to, at_ms }: QualityChange): QualityChange {
    const atMs = Math.max(at_ms, this.aliveMs);
    return { at_ms: atMs, window_id: null, light, from: to, to: "none", reason: "the bridge was off" };
  }

  take(quality: Quality): void {
    const { judged_ms: at_ms, window_id } = quality;
    const changes = lightsOfQuality(quality).flatMap(([light, verdict]): QualityChange[] => {
      const from = this.last.get(lightName(light))?.to ?? "none";
      if (from === verdict.state) return [];
      const { state: to, reason, finding } = verdict;
      return [{ at_ms, window_id, light, from, to, reason, ...(finding === null ? {} : { finding }) }];
    });
    for (const change of changes) this.last.set(lightName(change.light), change);
    this.store.records.putChanges(changes);
  }

  /** To be called once a second: until then the lights are known. */
  alive(nowMs: number): void {
    if (Math.abs(nowMs - this.aliveMs) < aliveEveryMs) return;
    this.aliveMs = nowMs;
    this.store.records.putNote(aliveNote, nowMs);
  }
}
