/**
 * Keeps the active findings: since when each is active, how long it is held after it is no longer found, its cause,
 * and whether it is intermittent. Time is counted in windows only.
 */
import type { Finding, RuleId, Scope } from "../../../pipeline/model/index.js";
import { bySeverity, chambersOf, findingKey } from "../../../pipeline/model/index.js";
import { causesOf } from "./causes.js";
import type { RulesConfig } from "./default-rules.js";
import { instructionOf } from "./rules-config.js";
import { keyOf, type RawFinding } from "./view.js";

interface ActiveFinding {
  finding: Finding;
  /** Number of judgements since it was last found. */
  missing: number;
}

/** When a fault occurred, by the number of the judged window. */
interface Visits {
  raised: number[];
  isIntermittent: boolean;
}

/** Maximum number of findings to send: a shifter could not read more. */
const maxFindings = 64;
/** Number of windows that a consequence may outlast its cause without an alarm of its own. */
const afterEffectWindows = 5;
/** Number of windows that a fault keeps its scope after it is found only in a smaller part. */
const narrowingWindows = 4;
/** Rules that use only the newest windows: their findings are current even after their cause has ended. */
const currentRules: readonly RuleId[] = [
  "dead-fpga",
  "silent-chamber",
  "dead-layer",
  "dead-cell",
  "live-cells",
];
/** Maximum number of keys whose occurrences are remembered. */
const maxVisited = 512;
/** An intermittent fault that is absent for this many windows states so in its reason. */
const shownAbsence = 2;

interface FindingsOptions {
  intermittent?: RulesConfig["intermittent"] | null;
  /** Display name of a chamber. */
  nameOf?: (chamber: number) => string;
  /** Start of the window before the newest ones of this number, ms; null if not known. */
  startBefore?: (windows: number) => number | null;
  /** Number of newest windows in which the faults that were found here in this window have probably begun. */
  begunIn?: (scope: Scope) => number;
  /** End of the newest window, ms; null if there is none. */
  newestEnd?: () => number | null;
}

export class Findings {
  private active = new Map<string, ActiveFinding>();
  /** Keys of faults that have had no cause since they were found: they do not end with a later cause. */
  private readonly own = new Set<string>();
  private readonly visits = new Map<string, Visits>();
  /** First window in which only a part of the fault was found, by key. */
  private narrowed = new Map<string, number>();
  private window = 0;
  /** Findings that ended with their cause: the cause and the window, by key. */
  private readonly explained = new Map<string, { cause: string; window: number }>();

  private readonly intermittent: RulesConfig["intermittent"] | null;
  private readonly nameOf: (chamber: number) => string;
  private readonly startBefore: (windows: number) => number | null;
  private readonly begunIn: (scope: Scope) => number;
  private readonly newestEnd: () => number | null;

  constructor(
    private readonly config: RulesConfig,
    private readonly holdWindows: number,
    {
      intermittent = null,
      nameOf = String,
      startBefore = () => null,
      begunIn = () => 0,
      newestEnd = () => null,
    }: FindingsOptions = {},
  ) {
    [this.intermittent, this.nameOf] = [intermittent, nameOf];
    [this.startBefore, this.begunIn, this.newestEnd] = [startBefore, begunIn, newestEnd];
  }

  has(rule: RuleId, scope: Scope): boolean {
    return this.active.has(findingKey(rule, scope));
  }

  /**
   * Replaces the findings of the last judgement with new ones.
   * @param isNewest false for a new version of the newest window, which is judged again
   * @returns places of faults that have ended, and of their consequences
   */
  update(
    reported: readonly RawFinding[],
    nowMs: number,
    windowId: number | null,
    isNewest = true,
  ): { gone: Scope[]; followed: Scope[] } {
    if (isNewest) this.window += 1;
    const next = new Map<string, ActiveFinding>();
    const known = this.withoutNarrower(reported.filter(({ rule }) => this.config.rules[rule].enabled));
    const causes = causesOf([...known, ...this.absentOf(known)]);
    known.forEach((one, i) => {
      const key = keyOf(one);
      if (next.has(key)) return;
      const finding = this.findingOf(one, key, causes[i] ?? this.lateCause(one.rule, key), nowMs, windowId);
      next.set(key, { finding, missing: 0 });
    });
    const gone: Scope[] = [];
    const followed: Scope[] = [];
    for (const [key, { finding, missing }] of this.active) {
      if (next.has(key)) continue;
      // A fault that is now found in a larger part need not be held for the smaller one.
      const isWidened = known.some((one) => covers(one, finding));
      const isNarrowed = this.narrowed.has(key);
      const isHeld = isFault(finding) && (isNarrowed || missing < this.holdOf(key)) && !isWidened;
      if (isHeld) next.set(key, { finding, missing: isNewest && !isNarrowed ? missing + 1 : missing });
      else if (isFault(finding) && isRepaired(finding, known))
        (finding.cause === null ? gone : followed).push(finding.scope);
    }
    this.active = next;
    for (const key of this.own) if (!next.has(key)) this.own.delete(key);
    for (const [key, { finding }] of next) if (isFault(finding) && finding.cause === null) this.own.add(key);
    return { gone, followed: [...followed, ...this.forgetCauses()] };
  }

  /**
   * Keeps a fault active as a whole for some windows after it is found only in a part: a fault does not end
   * everywhere at once, and its last part needs no new alarm.
   */
  private withoutNarrower(known: readonly RawFinding[]): RawFinding[] {
    const keys = new Set(known.map(keyOf));
    const wider = [...this.active.values()]
      .map(({ finding }) => finding)
      .filter((finding) => isFault(finding) && finding.cause === null && !keys.has(finding.key));
    const narrowed = new Map<string, number>();
    const kept = known.filter((one) => {
      const cover = this.active.has(keyOf(one)) ? undefined : wider.find((finding) => covers(finding, one));
      if (cover === undefined || !isFaulty(one)) return true;
      const first = this.narrowed.get(cover.key) ?? this.window;
      if (this.window - first >= narrowingWindows) return true;
      narrowed.set(cover.key, first);
      return false;
    });
    this.narrowed = narrowed;
    return kept;
  }

  /** The cause of a consequence that outlasts it by a few windows, so that it raises no alarm. */
  private lateCause(rule: RuleId, key: string): string | null {
    if (currentRules.includes(rule) || this.own.has(key)) return null;
    const before = this.active.get(key)?.finding.cause ?? null;
    if (before !== null) return before;
    const known = this.explained.get(key);
    if (known === undefined) return null;
    if (this.window - known.window <= afterEffectWindows) return known.cause;
    this.explained.delete(key);
    return null;
  }

  private holdOf(key: string): number {
    const { intermittent } = this;
    return intermittent !== null && this.visits.get(key)?.isIntermittent === true
      ? intermittent.calm_windows
      : this.holdWindows;
  }

  /**
   * Faults that are held, or end with this judgement. They still explain current findings, whose spans contain windows with
   * the fault: its end does not reveal another one.
   */
  private absentOf(known: readonly RawFinding[]): RawFinding[] {
    const found = new Set(known.map(keyOf));
    return [...this.active.values()].flatMap(({ finding }) =>
      finding.cause === null && isFault(finding) && !found.has(finding.key) ? [finding] : [],
    );
  }

  /** Ends consequences together with their cause; they must be found again. @returns their places */
  private forgetCauses(): Scope[] {
    const followed: Scope[] = [];
    for (const [key, { finding, missing }] of this.active)
      if (finding.cause !== null && !this.active.has(finding.cause)) {
        if ((currentRules.includes(finding.rule) || this.own.has(key)) && missing === 0) {
          finding.cause = null;
          continue;
        }
        this.active.delete(key);
        followed.push(finding.scope);
        const known = this.explained.get(key);
        if (known === undefined || this.window - known.window > afterEffectWindows)
          this.explained.set(key, { cause: finding.cause, window: this.window });
      }
    return followed;
  }

  private findingOf(
    reported: RawFinding,
    key: string,
    cause: string | null,
    nowMs: number,
    windowId: number | null,
  ): Finding {
    const before = this.active.get(key)?.finding;
    const same = before?.state === reported.state;
    const wasActive = before?.cause === null || this.isActiveNearby(reported);
    const isIntermittent = cause === null && this.visit(key, reported, wasActive);
    const endMs = this.newestEnd();
    return {
      key,
      ...reported,
      numbers: rounded(reported.numbers),
      since_ms: same ? before.since_ms : nowMs,
      window_id: same ? before.window_id : windowId,
      ...(windowId === null ? {} : { newest_window_id: windowId }),
      ...(endMs === null ? {} : { found_until_ms: endMs }),
      what_to_do: instructionOf(this.config, reported.rule),
      cause,
      ...(isIntermittent ? { intermittent: true as const } : {}),
      ...this.beginOf(reported),
      ...this.namesOf(reported),
    };
  }

  /**
   * The fault is found in the shortest span with sufficient counts, but it may have begun before it: half of the span is
   * added, or the older windows that also show it, and the window before, of which a part may have the fault. A fault
   * that was active, perhaps elsewhere in the same part, began then.
   */
  private beginOf(reported: RawFinding): Pick<Finding, "after_ms"> {
    const { windows } = reported.numbers;
    const key = keyOf(reported);
    const known = [...this.active.values()].flatMap(({ finding }) =>
      isFault(finding) && (finding.key === key || overlaps(finding, reported))
        ? (finding.after_ms ?? [])
        : [],
    );
    if (known.length > 0) return { after_ms: Math.min(...known) };
    if (windows === undefined) return {};
    const ms = this.startBefore(Math.max(windows + (windows >> 1), this.begunIn(reported.scope)));
    return ms === null ? {} : { after_ms: ms };
  }

  private namesOf({ scope }: RawFinding): Pick<Finding, "chamber_name"> {
    if (!("chamber" in scope)) return {};
    const name = this.nameOf(scope.chamber);
    return name === String(scope.chamber) ? {} : { chamber_name: name };
  }

  /** Whether the same fault is active elsewhere in the same part: its most affected place may change. */
  private isActiveNearby(reported: RawFinding): boolean {
    return [...this.active.values()].some(
      ({ finding }) => isFault(finding) && finding.cause === null && overlaps(finding, reported),
    );
  }

  /** Records that a fault is present. @returns whether it is intermittent */
  private visit(key: string, { state }: RawFinding, wasActive: boolean): boolean {
    const { intermittent, window } = this;
    if (intermittent === null || (state !== "bad" && state !== "warning")) return false;
    const visits = this.visits.get(key) ?? { raised: [], isIntermittent: false };
    if (!wasActive) visits.raised.push(window);
    visits.raised = visits.raised.filter((raised) => window - raised < intermittent.windows);
    if (visits.raised.length >= intermittent.times) visits.isIntermittent = true;
    else if (!wasActive) visits.isIntermittent = false;
    this.visits.delete(key);
    this.visits.set(key, visits);
    const [oldest] = this.visits.keys();
    if (this.visits.size > maxVisited) this.visits.delete(oldest as string);
    return visits.isIntermittent;
  }

  /** The most severe first; then causes before consequences; then in the order of the rules. */
  list(): Finding[] {
    return [...this.active.values()]
      .map(shown)
      .sort((a, b) => bySeverity(a, b) || Number(a.cause !== null) - Number(b.cause !== null))
      .slice(0, maxFindings);
  }
}

export function isFault(finding: Finding): boolean {
  return isFaulty(finding);
}

const isFaulty = ({ state }: RawFinding): boolean => state === "bad" || state === "warning";

/** Adds to the reason of an intermittent fault that its numbers are not from the newest windows. */
function shown({ finding, missing }: ActiveFinding): Finding {
  if (finding.intermittent !== true) return finding;
  const absent = missing < shownAbsence ? "" : `, not in the last ${missing} windows`;
  return { ...finding, reason: `intermittent${absent}: ${finding.reason}` };
}

/** Whether the first is the same fault as the second, in a larger part. */
export function covers(a: RawFinding, b: RawFinding): boolean {
  if (a.rule !== b.rule || !isFaulty(a) || keyOf(a) === keyOf(b)) return false;
  if (a.scope.kind === "whole") return b.scope.kind !== "whole";
  const [own, others] = [chambersOf(a.scope), chambersOf(b.scope)];
  const isWithin = others.length > 0 && others.every((chamber) => own.includes(chamber));
  return isWithin && (own.length > others.length || sizeOf(a.scope) > sizeOf(b.scope));
}

const sizes: Partial<Record<Scope["kind"], number>> = { cell: 0, layer: 1, chamber: 2 };
const sizeOf = ({ kind }: Scope): number => sizes[kind] ?? 3;

/** Whether no current finding is the same fault or explains it. */
function isRepaired(finding: Finding, known: readonly RawFinding[]): boolean {
  return !known.some((one) => overlaps(one, finding)) && causesOf([finding, ...known])[0] === null;
}

/** Whether both are the same fault and share a part of the telescope. */
function overlaps(a: RawFinding, b: RawFinding): boolean {
  if (a.rule !== b.rule || !isFaulty(a)) return false;
  if (a.scope.kind === "whole" || b.scope.kind === "whole") return true;
  const own = chambersOf(a.scope);
  return chambersOf(b.scope).some((chamber) => own.includes(chamber));
}

/** Six digits are enough for measured numbers; counts and times stay exact. */
function rounded(numbers: Record<string, number>): Record<string, number> {
  return Object.fromEntries(
    Object.entries(numbers).map(([name, value]) => [
      name,
      Number.isInteger(value) ? value : Number(value.toPrecision(6)),
    ]),
  );
}
