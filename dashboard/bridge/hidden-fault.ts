/** Practice with a fault that is drawn at random and hidden from all viewers until somebody asks for it. */
import { randomInt } from "node:crypto";
import {
  activeSinceMs,
  drawFault,
  faultWords,
  noFaults,
  type Alarm,
  type DetectorConfig,
  type DetectorFault,
  type HiddenRound,
  type RevealedRound,
  type SystemStatus,
} from "../../pipeline/model/index.js";
import type { PracticeControl } from "./source.js";

/** The fault comes within this time, so that the moment does not give it away. */
const longestDelaySeconds = 20;
const randomSteps = 2 ** 40;

interface Round {
  fault: DetectorFault | null;
  sinceMs: number;
  delayMs: number;
}

interface HiddenFaultOptions {
  practice: PracticeControl;
  detector: DetectorConfig;
  /** Newest first or in any order. */
  alarms: () => readonly Alarm[];
  /** Numbers in [0, 1); default: of the system, which cannot be predicted. */
  uniform?: () => number;
}

export class HiddenFault {
  private round: Round | null = null;

  constructor(private readonly options: HiddenFaultOptions) {}

  get isRunning(): boolean {
    return this.round !== null;
  }

  /** Clears all faults and begins a round with a new one, or with none. A round that runs ends unseen. */
  async begin(): Promise<HiddenRound> {
    const { practice, detector, uniform = systemUniform } = this.options;
    const drawn = drawFault(uniform, detector);
    const delay = Math.floor(uniform() * longestDelaySeconds);
    const sinceMs = Date.now();
    const hidden = drawn === null ? [] : [{ ...drawn, from_s: delay }];
    await practice.setFaults({ ...noFaults, detector: hidden }, { hidden: true });
    this.round = { fault: drawn, sinceMs, delayMs: drawn === null ? 0 : delay * 1000 };
    return { since_ms: sinceMs };
  }

  /**
   * Ends the round; the fault stays until it is switched off.
   * @returns null when no round runs
   */
  reveal(): RevealedRound | null {
    const { round } = this;
    if (round === null) return null;
    this.round = null;
    const begunMs = round.sinceMs + round.delayMs;
    // An alarm that comes back soon after it has cleared is the earlier one, also if it was active when the round began.
    const raised = this.options
      .alarms()
      .map((alarm) => ({ ...alarm, raised_ms: activeSinceMs(alarm) }))
      .filter(({ raised_ms }) => raised_ms >= begunMs)
      .sort((a, b) => a.raised_ms - b.raised_ms)[0];
    return {
      fault: round.fault,
      words: round.fault === null ? "No fault" : faultWords(round.fault),
      begun_ms: begunMs,
      revealed_ms: Date.now(),
      alarm:
        raised === undefined
          ? null
          : { rule: raised.finding.rule, reason: raised.finding.reason, raised_ms: raised.raised_ms },
    };
  }

  /** A status that does not give the fault away. */
  mask(status: SystemStatus): SystemStatus {
    if (this.round === null || status.faults === null) return status;
    return {
      ...status,
      faults: { ...status.faults, detector: [] },
      hidden_fault: { since_ms: this.round.sinceMs },
    };
  }
}

const systemUniform = (): number => randomInt(randomSteps) / randomSteps;
