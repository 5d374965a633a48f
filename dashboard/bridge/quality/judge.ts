/** The judge takes windows and the system's status, and judges the data quality. There is one per bridge. */
import {
  bySeverity,
  chamberName,
  defaultDetector,
  type DetectorConfig,
  type Quality,
  type QualityChange,
  type Reference,
  type RuleId,
  type Scope,
  type SystemStatus,
  type Verdict,
  type WindowMessage,
} from "../../../pipeline/model/index.js";
import { calibration } from "./calibration.js";
import { concerns } from "./causes.js";
import {
  expectByNeighbours,
  expectByPicture,
  vectorOf,
  withoutMasked,
  type Expectation,
} from "./expectation.js";
import { at, factsOf, isWhole, type WindowFacts } from "./facts.js";
import { Findings, isFault } from "./findings.js";
import { Goodness } from "./goodness/index.js";
import { LateTracker } from "./late.js";
import { Origin } from "./origin.js";
import { Physics, vectorOfMessage, type Comparison, type ReadingObserver } from "./physics/index.js";
import { builtInRules, type Rules } from "./rules-config.js";
import { streamSilent, windowAhead, windowRules } from "./rules/index.js";
import { SequenceTracker } from "./sequences.js";
import { fitsDetector, setUpOf, unknownDetector, type SetUp } from "./set-up.js";
import { WindowSpan } from "./span.js";
import { lightsOf, type Light, type Lights } from "./verdicts.js";
import { list } from "./words.js";
import { isTroubled, type RawFinding, type RejectedWindow, type View } from "./view.js";

export interface JudgeOptions {
  rules?: Rules;
  detector?: DetectorConfig;
  /** Names of channels with recent rows that belong to no chamber; windows only count their rows. */
  unmappedChannels?: (nowMs: number) => readonly string[];
  /** Called on every change of a light. */
  onChange?: (change: QualityChange) => void;
  /** Called with the values that the physics rules read in data without findings. */
  onReading?: ReadingObserver;
}

/** Rules that the physics rules replace if a message has segments. */
const replaced: readonly RuleId[] = ["chamber-rate", "drift-time"];
/** Rules that judge a chamber only when no other rule finds a fault there. */
const subtle: readonly RuleId[] = ["chamber-rate", "drift-time", "shape"];
/** Rules on the data path, which can be judged without rows. */
const ofStream: readonly RuleId[] = ["no-rows", "sequence-gaps", "duplicates", "late-rows", "ledger"];
/** Rules that can also be judged with rows but without hits. */
const ofRows: readonly RuleId[] = [...ofStream, "malformed", "unmapped"];

export class QualityJudge {
  private readonly rules: Rules;
  private setUp: SetUp;
  private span: WindowSpan;
  private origin: Origin;
  private physics: Physics;
  private readonly sequences = new SequenceTracker();
  private readonly late = new LateTracker();
  private ofWindows: Findings;
  private readonly ofMoment: Findings;
  private acceptedBy: string | null = null;
  private goodness: Goodness | null = null;
  private reference: { id: string; reference: Reference } | null = null;
  private referenceVector: Float64Array | null = null;
  private referenceCounts: Float64Array | null = null;
  private current: Quality | null = null;
  private lastReported: RawFinding[] = [];
  private ahead: RejectedWindow | null = null;
  /** Number of windows since each chamber last had a fault. */
  private calm: number[];

  constructor(private readonly options: JudgeOptions = {}) {
    this.rules = options.rules ?? builtInRules;
    this.ofMoment = new Findings(this.rules.config, 0);
    this.setUp = setUpOf(options.detector ?? defaultDetector);
    this.span = this.createSpan();
    this.origin = new Origin(this.rules.config.origin);
    this.physics = this.createPhysics();
    this.ofWindows = this.createFindings();
    this.calm = this.setUp.chambers.map(() => 1e9);
  }

  private createSpan(): WindowSpan {
    return new WindowSpan(Math.max(24, this.rules.config.span_windows));
  }

  private createPhysics(): Physics {
    return new Physics(this.rules.config.rules, this.setUp.detector, this.options.onReading ?? null);
  }

  private createFindings(): Findings {
    const { config } = this.rules;
    const { detector } = this.setUp;
    return new Findings(config, config.hold_windows, {
      intermittent: config.intermittent,
      nameOf: (chamber) => chamberName(detector, chamber),
      startBefore: (windows) => this.span.startBefore(windows),
      begunIn: (scope) => this.physics.begunIn(scope),
      newestEnd: () => this.span.newest?.endMs ?? null,
    });
  }

  /** Messages with another number of chambers are from another telescope: drops all state. */
  private follow(message: WindowMessage): void {
    if (fitsDetector(this.setUp.detector, message)) return;
    const own = this.options.detector ?? defaultDetector;
    this.setUp = setUpOf(fitsDetector(own, message) ? own : unknownDetector(message));
    this.span = this.createSpan();
    this.origin = new Origin(this.rules.config.origin);
    this.physics = this.createPhysics();
    this.ofWindows = this.createFindings();
    this.calm = this.setUp.chambers.map(() => 1e9);
    this.lastReported = [];
  }

  /** The last judgement; null before the first. */
  get quality(): Quality | null {
    return this.current;
  }

  /** Compares with a reference from now on; null: with the data's own past. */
  setReference(chosen: { id: string; reference: Reference } | null): void {
    this.reference = chosen;
    this.referenceVector = null;
    this.referenceCounts = null;
    const settings = this.rules.config.rules["goodness-of-fit"];
    this.goodness = chosen === null ? null : new Goodness(settings, chosen.reference, this.comparedWith());
    this.physics.restart();
  }

  /** "This is normal now": the comparison with the data's own past starts from scratch. */
  setNormal(by: string): void {
    this.acceptedBy = by;
    this.origin.reset();
    this.physics.restart();
  }

  /** Name of the comparison. */
  comparedWith(): string {
    if (this.reference !== null) return `reference ${this.reference.reference.name}`;
    const { sinceMs } = this.origin;
    if (this.origin.physics() === null || sinceMs === null) return "physics only";
    return `its own past since ${timeOf(sinceMs)}`;
  }

  /** Whether a window has started already; a window from the future would hide current data and must not be taken. */
  isDue(message: WindowMessage, nowMs: number): boolean {
    return message.window.start_ms - nowMs <= 1000 * this.rules.config.rules["window-ahead"].ahead_seconds;
  }

  /** Records a window from the future; the next judgement reports it. */
  recordAhead({ msg_ID, window }: WindowMessage, nowMs: number): void {
    this.ahead = { id: msg_ID, startMs: window.start_ms, atMs: nowMs };
  }

  /** Judges a new window, or a new version of a known one. */
  takeWindow(message: WindowMessage, nowMs: number): Quality {
    this.follow(message);
    const facts = factsOf(message);
    const newestMs = this.span.newest?.startMs ?? -Infinity;
    const isNewest = facts.startMs > newestMs;
    this.sequences.put(facts, isNewest);
    const before = this.span.find(facts.id);
    if (before !== undefined) this.late.correct(rowsOf(facts) - rowsOf(before), nowMs);
    const isPhysical = this.physics.put(message, isNewest);
    if (this.span.put(facts) && (isNewest || facts.startMs === newestMs)) {
      const reported = this.judgeWindows(nowMs, isPhysical ? message : null, isNewest);
      const { gone, followed } = this.ofWindows.update(reported, nowMs, facts.id, isNewest);
      for (const scope of gone) this.physics.repaired(scope);
      for (const scope of followed) this.physics.begin(scope);
      if (isNewest) {
        this.countCalm(reported);
        const counts = isPhysical && message.hit_count > 0 ? this.physics.newest : null;
        this.offer(facts, counts, isWhole(message, this.setUp.orbitNs));
      }
    }
    // New data ends a silence immediately.
    if (isNewest) this.ofMoment.update(windowAhead(this.rules.config, this.ahead, nowMs), nowMs, null);
    return this.conclude(nowMs);
  }

  private offer(facts: WindowFacts, physics: Float32Array | null, covered: boolean): void {
    const { origin } = this;
    const hadComparison = origin.physics() !== null;
    origin.offer(facts, physics, !this.ofWindows.list().some(isFault), covered);
    // A fault before the comparison existed is not compared with it: it would be found after its end.
    const isFirst = this.reference === null && !hadComparison && origin.physics() !== null;
    if (isFirst && origin.calmSince !== null) this.physics.restart(origin.calmSince);
  }

  /**
   * Judges the state between windows: silence, windows from the future, late drops. To be called every second.
   * @param waitingSinceMs time from which windows could have arrived; silence is counted from then
   */
  takeStatus(status: SystemStatus | null, nowMs: number, waitingSinceMs = -Infinity): Quality {
    this.late.update(status?.late ?? null, nowMs);
    const { config } = this.rules;
    const newest = this.span.newest ?? null;
    const silent = streamSilent({ config, status, newest, waitingSinceMs, nowMs });
    this.ofMoment.update([...silent, ...windowAhead(config, this.ahead, nowMs)], nowMs, null);
    return this.conclude(nowMs);
  }

  private judgeWindows(nowMs: number, physical: WindowMessage | null, isNewest: boolean): RawFinding[] {
    const reported: RawFinding[] = [];
    const newest = this.span.newest as WindowFacts;
    const { config } = this.rules;
    const view: View = {
      config,
      newest,
      span: this.span,
      expected: this.expectation(newest),
      sequences: this.sequences,
      late: this.late,
      chambers: this.setUp.chambers,
      fpgas: this.setUp.fpgas,
      masked: this.setUp.masked,
      nameOf: (chamber) => chamberName(this.setUp.detector, chamber),
      hasTiming: this.setUp.hasTiming,
      orbitNs: this.setUp.orbitNs,
      ownChannels: this.setUp.ownChannels,
      reported,
      held: (rule, scope) => this.ofWindows.has(rule, scope),
      calmWindows: (chamber) => (this.calm[chamber] ?? 0) + 1,
      hasPhysics: physical !== null,
      nowMs,
    };
    const judged = (newest.vector[at.rows] as number) === 0 ? ofStream : ofRows;
    for (const [rule, ids] of windowRules) {
      // Windows without hits carry no information on the chambers: their faults stay active.
      const unknown =
        reported.some((one) => one.rule === "no-rows") && !ids.some((id) => judged.includes(id));
      if (unknown || (physical !== null && ids.some((id) => replaced.includes(id)))) continue;
      if (ids.includes("shape") && physical !== null) reported.push(...this.judgePhysics(physical, reported));
      if (ids.some((id) => config.rules[id].enabled)) reported.push(...rule(view));
    }
    if (physical !== null) {
      if (this.comparison() === null && config.rules.calibration.enabled)
        reported.push(...calibration(config.rules.calibration, reported, this.isHeld("calibration")));
      reported.push(...this.judgeFit(physical, reported, isNewest));
    }
    this.nameChannels(reported, nowMs);
    if (reported.some((one) => one.rule === "no-rows"))
      reported.push(...this.lastReported.filter(({ rule }) => !judged.includes(rule)));
    this.lastReported = reported;
    return reported;
  }

  private nameChannels(reported: RawFinding[], nowMs: number): void {
    reported.forEach((one, i) => {
      const names = one.rule === "unmapped" ? (this.options.unmappedChannels?.(nowMs) ?? []) : [];
      if (names.length > 0) reported[i] = { ...one, reason: `${one.reason}; seen: ${list(names)}` };
    });
  }

  private judgePhysics(message: WindowMessage, reported: readonly RawFinding[]): RawFinding[] {
    // A held dead layer still explains findings in the last windows.
    const held = this.ofWindows.list().filter(({ rule }) => rule === "dead-layer");
    return this.physics.judge(message, this.comparison(), [...reported, ...held]);
  }

  private isHeld(rule: RuleId): boolean {
    return this.ofWindows.has(rule, { kind: "whole" });
  }

  private judgeFit(message: WindowMessage, reported: readonly RawFinding[], isNewest: boolean): RawFinding[] {
    const { goodness } = this;
    if (goodness === null) return [];
    const others = [...reported, ...this.ofWindows.list()].filter(
      (one) => one.rule !== "goodness-of-fit" && (one.state === "bad" || one.state === "warning"),
    );
    // The mean-timer sums of every chamber include the timing signals.
    const { timingFpgas } = this.setUp;
    const isOfTiming = (scope: Scope): boolean => scope.kind === "fpga" && timingFpgas.includes(scope.fpga);
    const isTroubled = (chamber: number): boolean =>
      others.some(({ scope }) => concerns(scope, chamber) || isOfTiming(scope));
    if (isNewest) goodness.put(message, isTroubled);
    return goodness.reported();
  }

  /** The chosen reference, unless it is from another telescope. */
  private fittingReference(): { reference: Reference } | null {
    const { reference, setUp } = this;
    const chambers = reference?.reference.hit_count_chamber.length;
    return chambers === setUp.chambers.length ? reference : null;
  }

  private comparison(): Comparison | null {
    const reference = this.fittingReference();
    const { layout } = this.physics;
    if (layout === null) return null;
    if (reference !== null) {
      const { reference: sum } = reference;
      if (sum.segment_chamber === undefined || sum.read_out === undefined) return null;
      this.referenceCounts ??= Float64Array.from(vectorOfMessage(layout, asMessage(sum)));
      return { sum: this.referenceCounts, by: this.comparedWith() };
    }
    const counts = this.origin.physics();
    return counts === null ? null : { sum: counts, by: this.comparedWith() };
  }

  private expectation(newest: WindowFacts): Expectation {
    return withoutMasked(this.expectationOfAll(newest), this.setUp.masked);
  }

  private expectationOfAll(newest: WindowFacts): Expectation {
    const { config } = this.rules;
    const { masked } = this.setUp;
    const chosen = this.fittingReference();
    if (chosen !== null) {
      if (this.referenceVector?.length !== newest.vector.length)
        this.referenceVector = vectorOf(chosen.reference, newest.driftBins);
      return expectByPicture(this.referenceVector, "the reference", config, masked);
    }
    const usual = this.origin.picture();
    return usual === null
      ? expectByNeighbours(config, masked)
      : expectByPicture(usual, "its own past", config, masked);
  }

  private countCalm(reported: readonly RawFinding[]): void {
    const simple = reported.filter(({ rule }) => !subtle.includes(rule));
    const all = simple.some(({ rule }) => rule === "stuck" || rule === "no-rows");
    this.calm.forEach((windows, chamber) => {
      this.calm[chamber] = all || isTroubled(simple, chamber) ? 0 : windows + 1;
    });
  }

  private conclude(nowMs: number): Quality {
    const findings = [...this.ofMoment.list(), ...this.ofWindows.list()].sort(bySeverity);
    const newest = this.span.newest;
    const { chambers, hasTiming } = this.setUp;
    const lights = lightsOf(findings, newest !== undefined, { chambers, hasTiming });
    const windowId = newest?.id ?? null;
    const reference = this.reference;
    const accepted =
      reference === null && this.acceptedBy !== null ? `, accepted as normal by ${this.acceptedBy}` : "";
    this.current = {
      rules: this.rules.version,
      reference: reference === null ? null : { id: reference.id, name: reference.reference.name },
      compared_with: `${this.comparedWith()}${accepted}`,
      judged_ms: nowMs,
      window_id: windowId,
      ...this.verdicts(lights, nowMs, windowId),
      findings,
    };
    return this.current;
  }

  private verdicts(lights: Lights, nowMs: number, windowId: number | null): VerdictsOfAll {
    const { current } = this;
    const since = (name: QualityChange["light"], light: Light, before: Verdict | undefined): Verdict => {
      if (before?.state === light.state) return { ...light, since_ms: before.since_ms };
      const [from, to] = [before?.state ?? "none", light.state];
      if (from !== to)
        this.options.onChange?.({
          at_ms: nowMs,
          window_id: windowId,
          light: name,
          from,
          to,
          reason: light.reason,
        });
      return { ...light, since_ms: nowMs };
    };
    return {
      whole: since("whole", lights.whole, current?.whole),
      data: since("data", lights.data, current?.data),
      scintillator: since("scintillator", lights.scintillator, current?.scintillator),
      chambers: lights.chambers.map((light, chamber) =>
        since({ chamber }, light, current?.chambers[chamber]),
      ),
    };
  }
}

/** A sum of windows as one message. */
function asMessage(reference: Reference): WindowMessage {
  const window = { start_ms: 0, end_ms: reference.seconds * 1000, time: "arrival" as const };
  return { ...reference, window } as unknown as WindowMessage;
}

const timeOf = (ms: number): string => `${new Date(ms).toISOString().slice(11, 16)} UTC`;

type VerdictsOfAll = Pick<Quality, "whole" | "data" | "scintillator" | "chambers">;

function rowsOf({ vector }: WindowFacts): number {
  return vector[at.rows] as number;
}
