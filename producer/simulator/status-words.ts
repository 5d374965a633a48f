/**
 * Rows of HEAD 0, 1, 3, 4 and 5: the read-out's own words, which the cleansing drops. Their kinds of values are those of
 * the real rows of the telescope (data/minidt-real.txt of the specification).
 */
import { bunchCrossingsPerOrbit, tdcPerBunchCrossing } from "../../pipeline/model/index.js";
import type { DetectorConfig } from "../../pipeline/model/index.js";
import type { Random } from "../random.js";
import { fpgasOf } from "./channels.js";
import type { FrontEnd } from "./front-end.js";
import type { OrbitClock } from "./orbit-clock.js";

/** In the real rows the words' orbits are 114 000 (FPGA 1) and 138 000 (FPGA 0) above those of the hits. */
const orbitsAhead = [138_000, 114_000];
/** BX_COUNTER of HEAD 3 runs far above an orbit's 3564 bunch crossings. */
const longestHead3Bx = 18_505;
/** Rows of HEAD 4 and 5 have TDC_MEAS within these, in millionths. */
const head4Range = 600_000;
const head5Range = 68_000_000;

export class StatusWords {
  private readonly fpgas: number[];
  private turn = 0;

  constructor(
    detector: DetectorConfig,
    private readonly random: Random,
    private readonly clock: OrbitClock,
    private readonly frontEnd: FrontEnd,
  ) {
    this.fpgas = fpgasOf(detector);
  }

  /** Gives the five words of one FPGA to the read-out, the FPGAs in turn. @returns rows */
  push(): number {
    this.turn = (this.turn + 1) % this.fpgas.length;
    return this.pushOf(this.turn, this.random);
  }

  /** As {@link push}, of any FPGA and of other random numbers. */
  pushExtra(random: Random): number {
    return this.pushOf(random.below(this.fpgas.length), random);
  }

  private pushOf(turn: number, random: Random): number {
    const { frontEnd } = this;
    const fpga = this.fpgas[turn] as number;
    const orbits = this.clock.elapsedBefore(0) + (orbitsAhead[turn % orbitsAhead.length] as number);
    const bx = random.below(bunchCrossingsPerOrbit);
    frontEnd.word(3, fpga, 0, orbits, random.below(longestHead3Bx), 0);
    frontEnd.word(1, fpga, 0, orbits, 0, random.below(137));
    frontEnd.word(0, fpga, random.below(32), orbits, bx, 1 + random.below(tdcPerBunchCrossing));
    frontEnd.word(4, fpga, 0, orbits, 0, random.below(2 * head4Range) - head4Range);
    frontEnd.word(5, fpga, 0, orbits, 0, random.below(2 * head5Range) - head5Range);
    return 5;
  }
}
