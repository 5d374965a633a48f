/** What the data is compared with: a chosen reference, else its own past, else its neighbours and physics alone. */
import type { Reference, WindowMessage } from "../../../pipeline/model/index.js";
import {
  expectByNeighbours,
  expectByPicture,
  vectorOf,
  withoutMasked,
  type Expectation,
} from "./expectation.js";
import type { RulesConfig } from "./default-rules.js";
import type { WindowFacts } from "./facts.js";
import { Origin } from "./origin.js";
import { vectorOfMessage, type Comparison, type Physics } from "./physics/index.js";
import type { SetUp } from "./set-up.js";

export interface ChosenReference {
  id: string;
  reference: Reference;
}

export class Baseline {
  private origin: Origin;
  private acceptedBy: string | null = null;
  private chosenReference: ChosenReference | null = null;
  private referenceVector: Float64Array | null = null;
  private referenceCounts: Float64Array | null = null;

  constructor(private readonly config: RulesConfig) {
    this.origin = new Origin(config.origin);
  }

  /** Null: the data's own past. */
  get reference(): ChosenReference | null {
    return this.chosenReference;
  }

  choose(reference: ChosenReference | null): void {
    this.chosenReference = reference;
    this.referenceVector = null;
    this.referenceCounts = null;
  }

  /** "This is normal now": the data's own past starts from scratch. */
  accept(by: string): void {
    this.acceptedBy = by;
    this.origin.reset();
  }

  /** For another telescope. */
  restart(): void {
    this.origin = new Origin(this.config.origin);
    this.referenceCounts = null;
  }

  /** Name of the comparison. */
  get name(): string {
    if (this.chosenReference !== null) return `reference ${this.chosenReference.reference.name}`;
    const { sinceMs } = this.origin;
    if (this.origin.physics() === null || sinceMs === null) return "physics only";
    return `its own past since ${timeOf(sinceMs)}`;
  }

  /** The name, and the person who declared the data normal. */
  get fullName(): string {
    const accepted = this.chosenReference === null && this.acceptedBy !== null;
    return accepted ? `${this.name}, accepted as normal by ${this.acceptedBy}` : this.name;
  }

  /**
   * Offers the newest window to the data's own past.
   * @param physics its counts for the physics rules
   * @param isCalm whether no fault is active
   * @param isWhole whether the orbits of its hits cover it
   * @returns if this completes the comparison: the msg_ID of the first window since the last fault, from which it holds
   */
  offer(facts: WindowFacts, physics: Float32Array | null, isCalm: boolean, isWhole: boolean): number | null {
    const { origin } = this;
    const hadComparison = origin.physics() !== null;
    origin.offer(facts, physics, isCalm, isWhole);
    const isFirst = this.chosenReference === null && !hadComparison && origin.physics() !== null;
    return isFirst ? origin.calmSince : null;
  }

  /** For the physics rules; null if there is none. */
  comparison({ layout }: Physics, setUp: SetUp): Comparison | null {
    if (layout === null) return null;
    const chosen = this.fitting(setUp);
    if (chosen !== null) {
      const { reference: sum } = chosen;
      if (sum.segment_chamber === undefined || sum.read_out === undefined) return null;
      this.referenceCounts ??= Float64Array.from(vectorOfMessage(layout, asMessage(sum)));
      return { sum: this.referenceCounts, by: this.name };
    }
    const counts = this.origin.physics();
    return counts === null ? null : { sum: counts, by: this.name };
  }

  /** For the rules on hits per cell. */
  expectation(newest: WindowFacts, setUp: SetUp): Expectation {
    return withoutMasked(this.expectationOfAll(newest, setUp), setUp.masked);
  }

  private expectationOfAll(newest: WindowFacts, setUp: SetUp): Expectation {
    const { config } = this;
    const { masked } = setUp;
    const chosen = this.fitting(setUp);
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

  /** The chosen reference, unless it is from another telescope. */
  private fitting({ chambers }: SetUp): ChosenReference | null {
    const { chosenReference } = this;
    return chosenReference?.reference.hit_count_chamber.length === chambers.length ? chosenReference : null;
  }
}

/** A sum of windows as one message. */
function asMessage(reference: Reference): WindowMessage {
  const window = { start_ms: 0, end_ms: reference.seconds * 1000, time: "arrival" as const };
  return { ...reference, window } as unknown as WindowMessage;
}

const timeOf = (ms: number): string => `${new Date(ms).toISOString().slice(11, 16)} UTC`;
