/** TDC and BX of hits by FPGA. Each value is counted separately and added to the counters after the last orbit. */
import { fpgaCount, fpgasOfCells, maxSegmentTdc, muonAxes, type DetectorConfig } from "../../model/index.js";
import { add, addOne, bxBitCount, countedBx, type FpgaPlaces, type MuonLayout } from "./layout.js";

const tdcValues = maxSegmentTdc + 1;

export class SpectraFiller {
  /** Counters, see layout.ts; must be set before the first hit. */
  counts!: Float64Array;
  private readonly tdcCounts = new Float64Array(fpgaCount * tdcValues);
  private readonly bxCounts = new Float64Array(fpgaCount * countedBx);

  private readonly fpgas: ReadonlySet<number>;
  private readonly bxPerOrbit: number;

  constructor(
    { chambers, readout }: DetectorConfig,
    private readonly layout: MuonLayout,
  ) {
    this.fpgas = new Set(chambers.flatMap(fpgasOfCells));
    this.bxPerOrbit = readout.bxPerOrbit;
  }

  hit(fpga: number, bx: number, tdc: number): void {
    if (tdc >= 0 && tdc <= maxSegmentTdc) addOne(this.tdcCounts, fpga * tdcValues + (tdc | 0));
    if (bx < countedBx) addOne(this.bxCounts, fpga * countedBx + bx);
    else this.countLargeBx(fpga, bx);
  }

  private countLargeBx(fpga: number, bx: number): void {
    const { counts } = this;
    const places = this.layout.fpgas[fpga] as FpgaPlaces;
    addOne(counts, places.bxOut);
    addOne(counts, places.bx + muonAxes.bx.bins + 1);
    for (let bit = 0; bit < bxBitCount; bit += 1)
      if (Math.floor(bx / 2 ** bit) % 2 === 1) addOne(counts, places.bxBits + bit);
  }

  finish(): void {
    for (const fpga of this.fpgas) this.finishFpga(fpga, this.layout.fpgas[fpga] as FpgaPlaces);
    this.tdcCounts.fill(0);
    this.bxCounts.fill(0);
  }

  private finishFpga(fpga: number, places: FpgaPlaces): void {
    const { counts } = this;
    const { bins, upper } = muonAxes.bx;
    for (let tdc = 0; tdc < tdcValues; tdc += 1)
      add(counts, places.tdc + tdc, this.tdcCounts[fpga * tdcValues + tdc] as number);
    for (let bx = 0; bx < countedBx; bx += 1) {
      const count = this.bxCounts[fpga * countedBx + bx] as number;
      if (count === 0) continue;
      if (bx >= this.bxPerOrbit) add(counts, places.bxOut, count);
      add(counts, places.bx + (bx < upper ? Math.floor((bx * bins) / upper) : bins + 1), count);
      for (let bit = 0; bit < bxBitCount; bit += 1)
        if (((bx >> bit) & 1) !== 0) add(counts, places.bxBits + bit, count);
    }
  }
}
