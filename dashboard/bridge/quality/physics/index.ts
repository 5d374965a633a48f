/** Runs the physics rules over windows: sums, spans and findings. Pure and without a clock. */
import {
  chambersOf,
  clockOf,
  type DetectorConfig,
  type Scope,
  type WindowMessage,
} from "../../../../pipeline/model/index.js";
import type { RuleSettings } from "../default-rules.js";
import { isCutWindow } from "../facts.js";
import type { RawFinding } from "../view.js";
import { cabling } from "./cabling.js";
import { chamberOrder } from "./chamber-order.js";
import { cellEfficiency } from "./cells.js";
import { layerEfficiency } from "./efficiency.js";
import { noMuons } from "./no-muons.js";
import { segmentLoss } from "./segments.js";
import { createLayout, hasMuonKeys, vectorOfMessage, type Layout } from "./quantities.js";
import { afterPulses } from "./after-pulses.js";
import { noise } from "./noise.js";
import { rates } from "./rates.js";
import { bxSpectrum, tdcSpectrum } from "./read-out.js";
import { fpgaOrbits } from "./fpga-orbits.js";
import { fpgaRows } from "./fpga-rows.js";
import { OrbitCounters } from "./orbit-counters.js";
import { DeadTime } from "./silent-time.js";
import { everywhere, SpanSearch, type ReadingObserver } from "./search.js";
import { SlidingSums } from "./sliding-sums.js";
import { missingTimes } from "./missing-times.js";
import { driftVelocity } from "./drift-velocity.js";
import { layerTimes, residuals } from "./layer-times.js";
import { timeOffsets } from "./times.js";
import { timingSignals } from "./timing.js";
import { triggerWords, unknownChannels } from "./trigger-words.js";
import {
  chamberDomain,
  timingDomain,
  wordsDomain,
  type Comparison,
  type PhysicsRule,
  type PhysicsView,
} from "./view.js";

/** The rules in order: causes of many findings come first. */
const physicsRules: readonly PhysicsRule[] = [
  bxSpectrum,
  tdcSpectrum,
  fpgaOrbits,
  fpgaRows,
  noMuons,
  rates,
  cabling,
  layerTimes,
  chamberOrder,
  driftVelocity,
  timeOffsets,
  missingTimes,
  cellEfficiency,
  layerEfficiency,
  segmentLoss,
  afterPulses,
  noise,
  residuals,
  timingSignals,
  triggerWords,
  unknownChannels,
];

interface State {
  layout: Layout;
  sums: SlidingSums;
  search: SpanSearch;
  /** Keys of the message for which the layout was made. */
  names: string;
}

export class Physics {
  private state: State | null = null;
  private readonly counters = new OrbitCounters();
  private readonly deadTime = new DeadTime();
  private newestId: number | null = null;
  private cut: CutWindow = { id: null, isCut: false, wasCut: false };

  constructor(
    private readonly rules: RuleSettings,
    private readonly detector: DetectorConfig,
    private readonly observe: ReadingObserver | null = null,
  ) {}

  get layout(): Layout | null {
    return this.state?.layout ?? null;
  }

  /** The counts of the newest window; null before it. */
  get newest(): Float32Array | null {
    return this.state?.sums.back(0) ?? null;
  }

  /** The counts of the n-th newest window. */
  back(n: number): Float32Array | null {
    return this.state?.sums.back(n) ?? null;
  }

  /**
   * Adds a window, or a new version of a known one. Windows without hits and partial windows carry no information on
   * the detector.
   * @returns whether these rules can judge it
   */
  put(message: WindowMessage, isNewest: boolean): boolean {
    if (!hasMuonKeys(message)) return false;
    const state = this.stateOf(message);
    if (message.hit_count === 0 || message.partial) {
      if (isNewest) this.skip(message.msg_ID);
      return true;
    }
    const vector = vectorOfMessage(state.layout, message);
    if (!isNewest) return state.sums.replace(message.msg_ID, vector) || true;
    const isGap = this.newestId !== null && message.msg_ID !== this.newestId + 1;
    if (isGap) {
      // The first window after a gap may have started before the data returned.
      state.search.restart([everywhere], -1);
      this.counters.forget();
    }
    state.sums.push(message.msg_ID, vector);
    this.newestId = message.msg_ID;
    return true;
  }

  /** Records a window without information as a gap. */
  private skip(id: number): void {
    if (this.newestId !== id) this.newestId = -1;
  }

  private stateOf(message: WindowMessage): State {
    const names = [...Object.keys(message.chamber_pair ?? {}), ...Object.keys(message.timing ?? {})].join(
      " ",
    );
    if (this.state?.names === names) return this.state;
    const layout = createLayout(this.detector, message);
    const sums = new SlidingSums(layout.length);
    this.state = { layout, sums, search: new SpanSearch(sums, this.observe), names };
    return this.state;
  }

  /** Findings in the spans that end with the newest window. */
  judge(newest: WindowMessage, comparison: Comparison | null, before: readonly RawFinding[]): RawFinding[] {
    const { state } = this;
    if (state === null || newest.hit_count === 0 || newest.partial || state.sums.windows === 0) return [];
    const { layout, sums, search } = state;
    const found: RawFinding[] = [];
    const view: PhysicsView = {
      rules: this.rules,
      detector: this.detector,
      layout,
      sums,
      search,
      comparison: comparison?.sum.length === layout.length ? comparison : null,
      newest,
      deadTime: this.deadTime,
      endsEarly: this.endsEarly(newest),
      known: before,
      reported: found,
    };
    search.begin();
    found.push(...this.counters.judge(view));
    for (const rule of physicsRules) found.push(...rule(view));
    search.end();
    if (found.length === 0) this.deadTime.putGood(newest);
    return found.filter(({ rule }) => this.rules[rule].enabled && !isDuplicate(rule, before));
  }

  private endsEarly(newest: WindowMessage): boolean {
    if (this.cut.id !== newest.msg_ID) {
      const isCut = newest.window.time === "arrival" && isCutWindow(newest, clockOf(this.detector).orbitNs);
      this.cut = { id: newest.msg_ID, isCut, wasCut: this.cut.isCut };
    }
    return this.cut.isCut && !this.cut.wasCut;
  }

  /** Call it when the fault at this place is over: older windows are no longer used for it. */
  repaired(scope: Scope): void {
    const { state } = this;
    if (state === null) return;
    state.search.release(domainsOf(scope), 1);
  }

  /** Call it when the cause of faults at this place is over: further faults are searched for in newer windows only. */
  begin(scope: Scope): void {
    if (scope.kind !== "whole") this.state?.search.restart(domainsOf(scope), 1);
  }

  /** Number of newest windows in which the faults that were found here in this window have probably begun. */
  begunIn(scope: Scope): number {
    return this.state?.search.begunIn(domainsOf(scope)) ?? 0;
  }

  /** From now on, windows before this one are not used; without an id, only later windows are. */
  restart(fromId = Infinity): void {
    const { state } = this;
    state?.search.restart([everywhere], state.sums.windowsSince(fromId));
  }
}

interface CutWindow {
  /** msg_ID of the newest window. */
  id: number | null;
  isCut: boolean;
  wasCut: boolean;
}

function isDuplicate(rule: RawFinding["rule"], before: readonly RawFinding[]): boolean {
  return rule === "unmapped" && before.some((one) => one.rule === "unmapped");
}

function domainsOf(scope: Scope): string[] {
  switch (scope.kind) {
    case "whole":
      return [everywhere];
    case "scintillator":
      return [timingDomain];
    case "stream":
    case "ledger":
      return [wordsDomain];
    default:
      return chambersOf(scope).map(chamberDomain);
  }
}

export { vectorOfMessage, type Comparison, type ReadingObserver };
