/** The judge takes windows and the system's status, and judges the data quality. There is one per bridge. */
import {
  bySeverity,
  chamberName,
  defaultDetector,
  type DetectorConfig,
  type Quality,
  type QualityChange,
  type RuleId,
  type Scope,
  type SystemStatus,
  type WindowMessage,
} from "../../../pipeline/model/index.js";
import { Baseline, type ChosenReference } from "./baseline.js";
import { calibration } from "./calibration.js";
import { concerns } from "./causes.js";
import { at, factsOf, isWhole, type WindowFacts } from "./facts.js";
import { Findings, isFault } from "./findings.js";
import { Goodness } from "./goodness/index.js";
import { LateTracker } from "./late.js";
import { Physics, type ReadingObserver } from "./physics/index.js";
import { builtInRules, type Rules } from "./rules-config.js";
import { streamSilent, windowAhead, windowRules } from "./rules/index.js";
import { SequenceTracker } from "./sequences.js";
import { fitsDetector, setUpOf, unknownDetector, type SetUp } from "./set-up.js";
import { WindowSpan } from "./span.js";
import { lightsOf, sinceWhen } from "./verdicts.js";
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
  private readonly baseline: Baseline;
  private readonly sequences = new SequenceTracker();
  private readonly late = new LateTracker();
  private readonly ofMoment: Findings;
  private setUp!: SetUp;
  private span!: WindowSpan;
  private physics!: Physics;
  private ofWindows!: Findings;
  private lastReported!: RawFinding[];
  /** Number of windows since each chamber last had a fault. */
  private calm!: number[];
  private goodness: Goodness | null = null;
  private current: Quality | null = null;
  private ahead: RejectedWindow | null = null;

  constructor(private readonly options: JudgeOptions = {}) {
    this.rules = options.rules ?? builtInRules;
    this.ofMoment = new Findings(this.rules.config, 0);
    this.baseline = new Baseline(this.rules.config);
    this.start(setUpOf(options.detector ?? defaultDetector));
  }

  /** Nothing is known of this telescope yet. */
  private start(setUp: SetUp): void {
    const { config } = this.rules;
    const { detector, chambers } = setUp;
    this.setUp = setUp;
    this.span = new WindowSpan(Math.max(24, config.span_windows));
    this.physics = new Physics(config.rules, detector, this.options.onReading ?? null);
    this.ofWindows = new Findings(config, config.hold_windows, {
      intermittent: config.intermittent,
      nameOf: (chamber) => chamberName(detector, chamber),
      startBefore: (windows) => this.span.startBefore(windows),
      begunIn: (scope) => this.physics.begunIn(scope),
      newestEnd: () => this.span.newest?.endMs ?? null,
    });
    this.lastReported = [];
    this.calm = chambers.map(() => 1e9);
  }

  /** Messages with another number of chambers are from another telescope: drops all state. */
  private follow(message: WindowMessage): void {
    if (fitsDetector(this.setUp.detector, message)) return;
    const own = this.options.detector ?? defaultDetector;
    this.baseline.restart();
    this.start(setUpOf(fitsDetector(own, message) ? own : unknownDetector(message)));
  }

  /** The last judgement; null before the first. */
  get quality(): Quality | null {
    return this.current;
  }

  /** Compares with a reference from now on; null: with the data's own past. */
  setReference(chosen: ChosenReference | null): void {
    this.baseline.choose(chosen);
    const settings = this.rules.config.rules["goodness-of-fit"];
    this.goodness = chosen === null ? null : new Goodness(settings, chosen.reference, this.baseline.name);
    this.physics.restart();
  }

  /** "This is normal now": the comparison with the data's own past starts from scratch. */
  setNormal(by: string): void {
    this.baseline.accept(by);
    this.physics.restart();
  }

  /** Name of the comparison. */
  comparedWith(): string {
    return this.baseline.name;
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
    const isCalm = !this.ofWindows.list().some(isFault);
    const comparedFrom = this.baseline.offer(facts, physics, isCalm, covered);
    // A fault before the comparison existed is not compared with it: it would be found after its end.
    if (comparedFrom !== null) this.physics.restart(comparedFrom);
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
      expected: this.baseline.expectation(newest, this.setUp),
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
      if (this.baseline.comparison(this.physics, this.setUp) === null && config.rules.calibration.enabled)
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
    const comparison = this.baseline.comparison(this.physics, this.setUp);
    return this.physics.judge(message, comparison, [...reported, ...held]);
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
    const { reference } = this.baseline;
    this.current = {
      rules: this.rules.version,
      reference: reference === null ? null : { id: reference.id, name: reference.reference.name },
      compared_with: this.baseline.fullName,
      judged_ms: nowMs,
      window_id: windowId,
      ...sinceWhen(lights, { before: this.current, nowMs, windowId, onChange: this.options.onChange }),
      findings,
    };
    return this.current;
  }
}

function rowsOf({ vector }: WindowFacts): number {
  return vector[at.rows] as number;
}
