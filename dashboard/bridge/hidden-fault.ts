/** Practice with a random fault that is hidden from all viewers until one of them reveals it. */
import { randomInt } from "node:crypto";
import {
  activeSinceMs,
  drawFault,
  faultWords,
  noFaults,
  type Alarm,
  type DetectorConfig,
  type DetectorFault,
  type Finding,
  type HiddenRound,
  type RevealedRound,
  type SystemStatus,
} from "../../pipeline/model/index.js";
import type { PracticeControl } from "./source.js";

/** The fault starts at a random time within this delay, so its start does not reveal it. */
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
  /** Alarms in any order. */
  alarms: () => readonly Alarm[];
  /** Random numbers in [0, 1); default: unpredictable, from the operating system. */
  uniform?: () => number;
}

export class HiddenFault {
  private round: Round | null = null;

  constructor(private readonly options: HiddenFaultOptions) {}

  get isRunning(): boolean {
    return this.round !== null;
  }

  /**
   * Clears all faults and starts a round with a new fault, or with none. A running round ends without being revealed.
   */
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
   * Ends the round; the fault stays on until it is switched off.
   * @returns null when no round is running
   */
  reveal(): RevealedRound | null {
    const { round } = this;
    if (round === null) return null;
    this.round = null;
    const begunMs = round.sinceMs + round.delayMs;
    // An alarm may have been active before the round and be reopened in it.
    const raised = this.options
      .alarms()
      .flatMap(activeSpans)
      .filter(({ from_ms }) => from_ms >= begunMs)
      .sort((a, b) => a.from_ms - b.from_ms)[0];
    return {
      fault: round.fault,
      words: round.fault === null ? "No fault" : faultWords(round.fault),
      begun_ms: begunMs,
      revealed_ms: Date.now(),
      alarm:
        raised === undefined
          ? null
          : { rule: raised.finding.rule, reason: raised.finding.reason, raised_ms: raised.from_ms },
    };
  }

  /** The status without the hidden fault. */
  mask(status: SystemStatus): SystemStatus {
    if (this.round === null || status.faults === null) return status;
    return {
      ...status,
      faults: { ...status.faults, detector: [] },
      hidden_fault: { since_ms: this.round.sinceMs },
    };
  }
}

/** The times from which an alarm was active, with the finding of each. */
function activeSpans(alarm: Alarm): { from_ms: number; finding: Finding }[] {
  const { earlier = [], finding } = alarm;
  return [...earlier, { from_ms: activeSinceMs(alarm), finding }];
}

const systemUniform = (): number => randomInt(randomSteps) / randomSteps;
