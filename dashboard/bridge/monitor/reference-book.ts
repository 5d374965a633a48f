/** References: taken from windows without alarms or given as files, and chosen for the rules to compare with. */
import {
  type PictureSpan,
  type Quality,
  type Reference,
  type ReferenceInfo,
  type WindowMessage,
  type WindowSum,
} from "../../../pipeline/model/index.js";
import type { WindowHistory } from "../history.js";
import { isAlarming } from "../quality/alarms.js";
import { nullOf } from "../quality/goodness/null-batches.js";
import type { ChosenReference } from "../quality/baseline.js";
import type { ReferenceJudges } from "../quality/reference-judges.js";
import type { RecordStore } from "../store/records.js";
import { ReferenceStore } from "./references.js";
import { referenceOf, sumWindows } from "./sums.js";

/** Number of past windows judged again: at the start, and by several references as soon as they are chosen. */
export const judgedAgain = 360;
/** Number of windows with alarms to remember. */
const maxAlarmedWindows = 20_000;

interface ReferenceBookParts {
  records: RecordStore;
  history: WindowHistory;
  judge: ReferenceJudges;
  /** Name of the stream. */
  stream: () => string;
  /** Whether an alarm is active. */
  isAlarmed: () => boolean;
  /** Notifies the viewers. */
  changed: (references: ReferenceInfo[]) => void;
}

export class ReferenceBook {
  private readonly stored: ReferenceStore;
  /** msg_ID of windows with an active alarm. */
  private readonly alarmed = new Set<number>();

  constructor(private readonly parts: ReferenceBookParts) {
    this.stored = new ReferenceStore(parts.records);
    parts.judge.setReferences(this.stored.chosen);
  }

  list(): ReferenceInfo[] {
    return this.stored.list();
  }

  get(id: string): Reference | null {
    return this.stored.get(id);
  }

  /** Chosen references, in the order in which they were chosen. */
  get chosen(): ChosenReference[] {
    return this.stored.chosen;
  }

  /** Remembers the windows with an active alarm: references leave them out. */
  noteAlarmed(id: number, { findings }: Quality): void {
    this.alarmed.delete(id);
    if (findings.some(isAlarming)) this.alarmed.add(id);
    const [oldest] = this.alarmed;
    if (this.alarmed.size > maxAlarmedWindows) this.alarmed.delete(oldest as number);
  }

  /** Whether a reference is of another set-up than the newest window; false if either set-up is not known. */
  isOfOtherSetUp(id: string): boolean {
    const made = this.stored.get(id)?.set_up;
    const [newest] = this.parts.history.newest(1);
    return made !== undefined && newest !== undefined && made !== setUpOf(newest);
  }

  /**
   * Makes a reference of the newest windows, leaving out those with alarms. While an alarm is active it takes all
   * windows: the caller has confirmed that.
   * @returns null if there are no hits, or the reference cannot be stored
   */
  take(name: string, span: PictureSpan, by = ""): ReferenceInfo | null {
    const isAlarmed = this.parts.isAlarmed();
    const { sum, good, leftOut, words } =
      span === "since" ? this.sinceStart() : this.newest(span.windows, isAlarmed);
    if (sum === null || sum.hit_count === 0) return null;
    const stream = this.parts.stream();
    const source = [
      words,
      stream === "" ? "" : ` of ${stream}`,
      leftOut === 0 ? "" : `, ${leftOut} with alarms left out`,
      isAlarmed ? ", taken while an alarm was active" : "",
    ].join("");
    const goodness = nullOf(good, sum.segment_chamber);
    const [newest] = this.parts.history.newest(1);
    return this.add({
      ...referenceOf(sum, name, source, Date.now()),
      ...(goodness === undefined ? {} : { goodness }),
      ...(newest === undefined ? {} : { set_up: setUpOf(newest) }),
      ...(by === "" ? {} : { taken_by: by }),
      ...(leftOut === 0 ? {} : { left_out: leftOut }),
      ...(isAlarmed ? { under_alarm: true as const } : {}),
    });
  }

  private newest(windows: number, isAlarmed: boolean): Taken {
    const all = this.parts.history.newest(windows);
    const good = isAlarmed ? all : this.withoutAlarms(all);
    const words = `windows ${all[0]?.msg_ID ?? 0} to ${all.at(-1)?.msg_ID ?? 0}`;
    return { sum: sumWindows(good), good, leftOut: all.length - good.length, words };
  }

  /** The sum since the last reset has all windows, also those with alarms. */
  private sinceStart(): Taken {
    const { history } = this.parts;
    const { sum, sinceMs } = history.sinceStart;
    const known = history.newest(history.capacity).filter(({ window }) => window.start_ms >= sinceMs);
    const words = `since ${new Date(sinceMs).toISOString()}`;
    return { sum, good: this.withoutAlarms(known), leftOut: 0, words };
  }

  private withoutAlarms(windows: readonly WindowMessage[]): WindowMessage[] {
    return windows.filter(({ msg_ID }) => !this.alarmed.has(msg_ID));
  }

  /** @returns null if it cannot be stored */
  add(reference: Reference): ReferenceInfo | null {
    const info = this.stored.add(reference);
    if (info !== null) this.parts.changed(this.list());
    return info;
  }

  /**
   * Replaces the reference with the same name and source, and keeps it chosen if it was. A deleted reference is
   * added again only if it was created again after it was deleted.
   * @returns false if it cannot be stored
   */
  replace(reference: Reference): boolean {
    const { name, source, created_ms } = reference;
    const old = this.list().find((info) => info.name === name && info.source === source);
    if (old?.created_ms === created_ms || this.stored.wasDeleted(reference)) return true;
    const ids = this.chosen.map(({ id }) => id);
    if (old !== undefined) this.stored.remove(old.id);
    const info = this.stored.add(reference);
    if (info !== null && old?.chosen === true)
      this.stored.choose(ids.map((id) => (id === old.id ? info.id : id)));
    this.compare();
    return info !== null;
  }

  /** @returns false when there is no such reference */
  choose(ids: readonly string[]): boolean {
    if (!this.stored.choose(ids)) return false;
    this.compare();
    return true;
  }

  /** @returns false when there is no such reference */
  delete(id: string): boolean {
    if (!this.stored.delete(id)) return false;
    this.compare();
    return true;
  }

  /** Gives the chosen references to the rules, with recent windows if there are several. */
  private compare(): void {
    const { judge, history, changed } = this.parts;
    const chosen = this.chosen;
    judge.setReferences(chosen, chosen.length > 1 ? history.newest(judgedAgain) : []);
    changed(this.list());
  }
}

/** Windows of which a reference is made. */
interface Taken {
  sum: WindowSum | null;
  /** Windows without alarms, for the spread of their numbers. */
  good: readonly WindowMessage[];
  leftOut: number;
  words: string;
}

function setUpOf({ config_hash }: WindowMessage): string {
  return config_hash ?? "default";
}
