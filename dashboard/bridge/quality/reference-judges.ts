/**
 * Judges with up to three references at once. Conditions such as pressure and temperature change the normal state, so
 * data that agrees with any of the references is good. Each reference has its own judge; the result with the least
 * severe overall state is used, among equal ones the one with the fewest alarms, and its reference is named.
 */
import {
  bySeverity,
  lightName,
  lightsOfQuality,
  type Quality,
  type SystemStatus,
  type Verdict,
  type WindowMessage,
} from "../../../pipeline/model/index.js";
import { isAlarming } from "./alarms.js";
import type { ChosenReference } from "./baseline.js";
import { QualityJudge, type JudgeOptions } from "./judge.js";
import { list } from "./words.js";

export class ReferenceJudges {
  private judges: [QualityJudge, ...QualityJudge[]];
  private names: string[] = [];
  private current: Quality | null = null;

  constructor(private readonly options: JudgeOptions = {}) {
    this.judges = [new QualityJudge(options)];
  }

  get quality(): Quality | null {
    return this.current;
  }

  /**
   * Compares with these references from now on; if there are none, with the data's own past.
   * @param recent windows to initialise the further judges, oldest first
   */
  setReferences(chosen: readonly ChosenReference[], recent: readonly WindowMessage[] = []): void {
    const [first = null, ...others] = chosen;
    this.judges[0].setReference(first);
    const added = others.map((reference) => {
      const judge = new QualityJudge(this.options);
      judge.setReference(reference);
      for (const message of recent) judge.takeWindow(message, message.emitted_ms);
      return judge;
    });
    this.judges = [this.judges[0], ...added];
    this.names = chosen.map(({ reference }) => reference.name);
  }

  /** "This is normal now": the comparison with the data's own past starts from scratch. */
  setNormal(by: string): void {
    for (const judge of this.judges) judge.setNormal(by);
  }

  isDue(message: WindowMessage, nowMs: number): boolean {
    return this.judges[0].isDue(message, nowMs);
  }

  recordAhead(message: WindowMessage, nowMs: number): void {
    for (const judge of this.judges) judge.recordAhead(message, nowMs);
  }

  takeWindow(message: WindowMessage, nowMs: number): Quality {
    return this.choose(this.judges.map((judge) => judge.takeWindow(message, nowMs)));
  }

  takeStatus(status: SystemStatus | null, nowMs: number, waitingSinceMs?: number): Quality {
    return this.choose(this.judges.map((judge) => judge.takeStatus(status, nowMs, waitingSinceMs)));
  }

  /** The best result by {@link isBetter}; if equal, the first. */
  private choose(all: readonly Quality[]): Quality {
    const [first, ...others] = all as [Quality, ...Quality[]];
    if (others.length === 0) return (this.current = first);
    const best = others.reduce((least, one) => (isBetter(one, least) ? one : least), first);
    const by = `references ${list(this.names)}, of which ${best.reference?.name ?? "none"} fits best`;
    return (this.current = this.withSince({ ...best, compared_with: by }));
  }

  /** Keeps the start of a light's state when another judge takes over. */
  private withSince(quality: Quality): Quality {
    if (this.current === null) return quality;
    const before = new Map(
      lightsOfQuality(this.current).map(([light, verdict]) => [lightName(light), verdict]),
    );
    const since = (name: string, verdict: Verdict): Verdict => {
      const known = before.get(name);
      return known?.state === verdict.state ? { ...verdict, since_ms: known.since_ms } : verdict;
    };
    return {
      ...quality,
      whole: since("whole", quality.whole),
      data: since("data", quality.data),
      scintillator: since("scintillator", quality.scintillator),
      chambers: quality.chambers.map((verdict, chamber) => since(lightName({ chamber }), verdict)),
    };
  }
}

function isBetter(a: Quality, b: Quality): boolean {
  const order = bySeverity(a.whole, b.whole);
  const alarms = ({ findings }: Quality): number => findings.filter(isAlarming).length;
  return order === 0 ? alarms(a) < alarms(b) : order > 0;
}
