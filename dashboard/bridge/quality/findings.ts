/**
 * The findings that stand: since when, how long what is no longer found still stands, what explains what, and what comes
 * and goes. Windows are its only clock.
 */
import type { Finding, RuleId, Scope } from "../../../pipeline/model/index.js";
import { byGravity, chambersOf, findingKey } from "../../../pipeline/model/index.js";
import { causesOf } from "./causes.js";
import type { RulesConfig } from "./default-rules.js";
import { instructionOf } from "./rules-config.js";
import { keyOf, type Said } from "./view.js";

interface Standing {
  finding: Finding;
  /** Judgements since it was last found. */
  missing: number;
}

/** When a fault came, by the number of the judged window. */
interface Visits {
  raised: number[];
  isIntermittent: boolean;
}

/** More than this no one reads, and no viewer should be sent. */
const maxFindings = 64;
/** So long a consequence may outlast its cause without an alarm of its own. */
const afterEffectWindows = 5;
/** So many windows a fault stands as it was although it is now only found in a part. */
const narrowingWindows = 4;
/** Rules that look at the newest windows alone: what they find is there, whatever explained it before. */
const ofNow: readonly RuleId[] = ["dead-fpga", "silent-chamber", "dead-layer", "dead-cell", "live-cells"];
/** Keys whose visits are remembered. */
const maxVisited = 512;

export class Findings {
  private standing = new Map<string, Standing>();
  /** Keys of faults that stood for themselves since they were found: what explains them later does not end them. */
  private readonly own = new Set<string>();
  private readonly visits = new Map<string, Visits>();
  /** Since which window less is said than these say. */
  private narrowed = new Map<string, number>();
  private window = 0;
  /** What explained a finding that was over with its cause, and when. */
  private readonly explained = new Map<string, { cause: string; window: number }>();

  constructor(
    private readonly config: RulesConfig,
    private readonly holdWindows: number,
    private readonly intermittent: RulesConfig["intermittent"] | null = null,
    /** What a chamber is called. */
    private readonly nameOf: (chamber: number) => string = String,
  ) {}

  has(rule: RuleId, scope: Scope): boolean {
    return this.standing.has(findingKey(rule, scope));
  }

  /**
   * Takes what was said at one judgement in the place of what was said before.
   * @param isNewest false for a new version of the newest window, which is judged again
   * @returns places of what stood and is over, and of what followed from it
   */
  update(
    said: readonly Said[],
    nowMs: number,
    windowId: number | null,
    isNewest = true,
  ): { gone: Scope[]; followed: Scope[] } {
    if (isNewest) this.window += 1;
    const next = new Map<string, Standing>();
    const known = this.withoutNarrower(said.filter(({ rule }) => this.config.rules[rule].enabled));
    // What is only held still explains what is found now: its end is no news of another fault.
    const causes = causesOf([...known, ...this.heldBeside(known)]);
    known.forEach((one, i) => {
      const key = keyOf(one);
      if (next.has(key)) return;
      const finding = this.findingOf(one, key, causes[i] ?? this.lateCause(one.rule, key), nowMs, windowId);
      next.set(key, { finding, missing: 0 });
    });
    const gone: Scope[] = [];
    const followed: Scope[] = [];
    for (const [key, { finding, missing }] of this.standing) {
      if (next.has(key)) continue;
      // What is now said of more need not be said of a part.
      const isWidened = known.some((one) => covers(one, finding));
      const isNarrowed = this.narrowed.has(key);
      const isHeld = isFault(finding) && (isNarrowed || missing < this.holdOf(key)) && !isWidened;
      if (isHeld) next.set(key, { finding, missing: isNewest && !isNarrowed ? missing + 1 : missing });
      else if (isFault(finding) && !known.some((one) => overlaps(one, finding)))
        (finding.cause === null ? gone : followed).push(finding.scope);
    }
    this.standing = next;
    for (const key of this.own) if (!next.has(key)) this.own.delete(key);
    for (const [key, { finding }] of next) if (isFault(finding) && finding.cause === null) this.own.add(key);
    return { gone, followed: [...followed, ...this.forgetCauses()] };
  }

  /**
   * What was said of more than is said now stands on for some windows: a fault that ends does not end everywhere at once,
   * and its last part is no news.
   */
  private withoutNarrower(known: readonly Said[]): Said[] {
    const keys = new Set(known.map(keyOf));
    const wider = [...this.standing.values()]
      .map(({ finding }) => finding)
      .filter((finding) => isFault(finding) && finding.cause === null && !keys.has(finding.key));
    const narrowed = new Map<string, number>();
    const kept = known.filter((one) => {
      const cover = this.standing.has(keyOf(one)) ? undefined : wider.find((finding) => covers(finding, one));
      if (cover === undefined || !isFaulty(one)) return true;
      const first = this.narrowed.get(cover.key) ?? this.window;
      if (this.window - first >= narrowingWindows) return true;
      narrowed.set(cover.key, first);
      return false;
    });
    this.narrowed = narrowed;
    return kept;
  }

  /** A consequence may outlast its cause by some windows: it is no news of its own. */
  private lateCause(rule: RuleId, key: string): string | null {
    if (ofNow.includes(rule) || this.own.has(key)) return null;
    const before = this.standing.get(key)?.finding.cause ?? null;
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

  private heldBeside(known: readonly Said[]): Said[] {
    const found = new Set(known.map(keyOf));
    return [...this.standing.values()].flatMap(({ finding, missing }) =>
      finding.cause === null &&
      isFault(finding) &&
      !found.has(finding.key) &&
      missing < this.holdOf(finding.key)
        ? [finding]
        : [],
    );
  }

  /** What a cause explains is over with it, and must be found again. @returns places of it */
  private forgetCauses(): Scope[] {
    const followed: Scope[] = [];
    for (const [key, { finding, missing }] of this.standing)
      if (finding.cause !== null && !this.standing.has(finding.cause)) {
        if ((ofNow.includes(finding.rule) || this.own.has(key)) && missing === 0) {
          finding.cause = null;
          continue;
        }
        this.standing.delete(key);
        followed.push(finding.scope);
        const known = this.explained.get(key);
        if (known === undefined || this.window - known.window > afterEffectWindows)
          this.explained.set(key, { cause: finding.cause, window: this.window });
      }
    return followed;
  }

  private findingOf(
    said: Said,
    key: string,
    cause: string | null,
    nowMs: number,
    windowId: number | null,
  ): Finding {
    const before = this.standing.get(key)?.finding;
    const same = before?.state === said.state;
    const stood = before?.cause === null || this.standsBeside(said);
    const isIntermittent = cause === null && this.visit(key, said, stood);
    return {
      key,
      ...said,
      reason: isIntermittent ? `intermittent: ${said.reason}` : said.reason,
      numbers: rounded(said.numbers),
      since_ms: same ? before.since_ms : nowMs,
      window_id: same ? before.window_id : windowId,
      what_to_do: instructionOf(this.config, said.rule),
      cause,
      ...(isIntermittent ? { intermittent: true as const } : {}),
      ...this.namesOf(said),
    };
  }

  private namesOf({ scope }: Said): Pick<Finding, "chamber_name"> {
    if (!("chamber" in scope)) return {};
    const name = this.nameOf(scope.chamber);
    return name === String(scope.chamber) ? {} : { chamber_name: name };
  }

  /** The same fault stands in another place of the same part: where it is loudest may change. */
  private standsBeside(said: Said): boolean {
    return [...this.standing.values()].some(
      ({ finding }) => isFault(finding) && finding.cause === null && overlaps(finding, said),
    );
  }

  /** Notes that a fault is there; whether it comes and goes. */
  private visit(key: string, { state }: Said, stood: boolean): boolean {
    const { intermittent, window } = this;
    if (intermittent === null || (state !== "bad" && state !== "warning")) return false;
    const visits = this.visits.get(key) ?? { raised: [], isIntermittent: false };
    if (!stood) visits.raised.push(window);
    visits.raised = visits.raised.filter((raised) => window - raised < intermittent.windows);
    if (visits.raised.length >= intermittent.times) visits.isIntermittent = true;
    else if (!stood) visits.isIntermittent = false;
    this.visits.delete(key);
    this.visits.set(key, visits);
    const [oldest] = this.visits.keys();
    if (this.visits.size > maxVisited) this.visits.delete(oldest as string);
    return visits.isIntermittent;
  }

  /** The gravest first, of equals causes before consequences, then in the order of the rules. */
  list(): Finding[] {
    return [...this.standing.values()]
      .map(({ finding }) => finding)
      .sort((a, b) => byGravity(a, b) || Number(a.cause !== null) - Number(b.cause !== null))
      .slice(0, maxFindings);
  }
}

export function isFault(finding: Finding): boolean {
  return isFaulty(finding);
}

const isFaulty = ({ state }: Said): boolean => state === "bad" || state === "warning";

/** Whether the first says the same as the second, of more. */
function covers(a: Said, b: Said): boolean {
  if (a.rule !== b.rule || !isFaulty(a) || keyOf(a) === keyOf(b)) return false;
  if (a.scope.kind === "whole") return b.scope.kind !== "whole";
  const [own, others] = [chambersOf(a.scope), chambersOf(b.scope)];
  const isWithin = others.length > 0 && others.every((chamber) => own.includes(chamber));
  return isWithin && (own.length > others.length || sizeOf(a.scope) > sizeOf(b.scope));
}

const sizeOf = ({ kind }: Scope): number => (kind === "cell" ? 0 : kind === "layer" ? 1 : 2);

/** Whether both say the same of one part of the telescope. */
function overlaps(a: Said, b: Said): boolean {
  if (a.rule !== b.rule || !isFaulty(a)) return false;
  if (a.scope.kind === "whole" || b.scope.kind === "whole") return true;
  const own = chambersOf(a.scope);
  return chambersOf(b.scope).some((chamber) => own.includes(chamber));
}

/** Six digits are enough of what was measured; what was counted, and times, stay as they are. */
function rounded(numbers: Record<string, number>): Record<string, number> {
  return Object.fromEntries(
    Object.entries(numbers).map(([name, value]) => [
      name,
      Number.isInteger(value) ? value : Number(value.toPrecision(6)),
    ]),
  );
}
