/**
 * A small Monte Carlo of the telescope, independent of the simulator: straight cosmic muons through the four
 * chambers, uncorrelated noise, showers, after-pulses, timing signals and trigger words, as rows of the read-out.
 */
import type { WindowMessage } from "../../../pipeline/model/index.js";
import {
  BundleAccumulator,
  bytesInMemory,
  defaultPipelineConfig,
  mergePartials,
  PartialCursor,
  summarise,
} from "../../../pipeline/steps/index.js";

const heightsMm = [219.8, 977.3, 1035.6, 1819.8];
const offsetsNs = [93.9, 101.4, 95.5, 92.4];
const plateMm = 1032;
/** TDC_CHANNEL mod 4 by layer 1..4, and x of wire 0. */
const channelOfLayer = [3, 1, 2, 0];
const firstWireMm = [-294, -315, -294, -315];
const orbitNs = 89_100;
const orbitsOfWindow = Math.floor(5e9 / orbitNs);
const velocityMmPerNs = 0.0538;
const windowMs = 5000;

export interface ToyFaults {
  /** Fraction of hits that remains, by chamber and by layer. */
  chamber?: [number, number];
  layer?: [chamber: number, layer: number, part: number];
  /** Fraction of timing signals that remains, and their delay in orbits. */
  timing?: number;
  timingOrbits?: number;
  t0AllNs?: number;
  bxOffset?: [fpga: number, crossings: number];
  mirrored?: number;
  layers?: [chamber: number, a: number, b: number];
  cables?: [chamber: number, a: number, b: number];
  /** A cable of a chamber exchanged with one of another. */
  cablesOfTwo?: [chamber: number, cable: number, other: number, otherCable: number];
  chambers?: [a: number, b: number];
  afterPulses?: number;
  noise?: [chamber: number, factor: number];
  /** HEADs of trigger words that are missing. */
  noHeads?: number[];
}

export interface ToyOptions {
  seed: number;
  /** Muons per window of 5 s, a quarter of which pass through a chamber, and noise hits per chamber. */
  muons?: number;
  noiseHits?: number;
  efficiency?: number;
  timeSpreadNs?: number;
  showers?: number;
  /** Standard deviation of the logarithm of the noise of single cells; default 0. */
  noiseSpread?: number;
  /** Width of a beam in x and y, mm, with slopes of 0.03; default: cosmic muons. */
  beamMm?: number | null;
}

interface Hit {
  chamber: number;
  layer: number;
  wire: number;
  ns: number;
}

export class ToyTelescope {
  private state: number;
  private id = 1000;
  private rows: string[] = [];
  private readonly options: Required<ToyOptions>;
  /** Relative noise of the cells of all chambers, and its maximum. */
  private readonly noise: readonly number[];
  private readonly noisiest: number;

  constructor(options: ToyOptions) {
    this.options = {
      muons: 650,
      noiseHits: 600,
      efficiency: 0.95,
      timeSpreadNs: 5,
      showers: 0.03,
      noiseSpread: 0,
      beamMm: null,
      ...options,
    };
    this.state = options.seed;
    const { noiseSpread } = this.options;
    this.noise = Array.from({ length: 256 }, () =>
      noiseSpread === 0 ? 1 : Math.exp(this.normal(noiseSpread)),
    );
    this.noisiest = Math.max(...this.noise);
  }

  /** The message of the next window. */
  next(faults: ToyFaults = {}): WindowMessage {
    this.rows = [];
    const first = Math.ceil((this.id * windowMs * 1e6) / orbitNs);
    const orbit = (): number => first + Math.floor(this.random() * orbitsOfWindow);
    for (let n = this.around(this.options.muons); n > 0; n -= 1) this.muon(orbit(), faults);
    for (let chamber = 0; chamber < 4; chamber += 1) {
      const factor = faults.noise?.[0] === chamber ? faults.noise[1] : 1;
      for (let n = this.around(factor * this.options.noiseHits); n > 0; n -= 1) {
        const [layer, wire] = this.noisyCell(chamber);
        this.hit(orbit(), { chamber, layer, wire, ns: orbitNs * this.random() }, faults);
      }
    }
    for (let n = this.around(this.options.muons / 130); n > 0; n -= 1)
      this.signal(orbit(), orbitNs * this.random());
    this.id += 1;
    return messageOf(this.id - 1, this.rows.join("\n"));
  }

  private noisyCell(chamber: number): [layer: number, wire: number] {
    const { noise, noisiest, random } = this;
    for (;;) {
      const [layer, wire] = [Math.floor(4 * random()), Math.floor(16 * random())];
      const part = (noise[64 * chamber + 4 * wire + layer] as number) / noisiest;
      if (part === 1 || random() < part) return [layer, wire];
    }
  }

  private muon(orbit: number, faults: ToyFaults): void {
    const { random } = this;
    const { mx, my, x0, y0 } = this.line();
    const t0 = (orbitNs - 1200) * random();
    const tracks = random() < this.options.showers ? 4 : 1;
    let isSeen = false;
    for (let track = 0; track < tracks; track += 1) {
      const [x, y] = track === 0 ? [x0, y0] : [x0 + this.normal(120), y0 + this.normal(120)];
      const at = (m: number, from: number, height: number): number => from + m * (height - 1000);
      isSeen ||= Math.max(Math.abs(at(mx, x, plateMm)), Math.abs(at(my, y, plateMm))) < 350;
      heightsMm.forEach((height, chamber) => {
        const [across, along] = [at(mx, x, height), at(my, y, height)];
        const turned = chamber === 1;
        if (Math.abs(turned ? across : along) < 336)
          this.cross(orbit, { chamber, x: turned ? along : across, m: turned ? my : mx, t0 }, faults);
      });
    }
    if (isSeen && random() < 0.95 * (faults.timing ?? 1)) {
      const ns = t0 + 95 + this.normal(3) - (faults.t0AllNs ?? 0);
      this.signal(orbit + (faults.timingOrbits ?? 0), ns, faults);
    }
  }

  private line(): { mx: number; my: number; x0: number; y0: number } {
    const { beamMm } = this.options;
    if (beamMm !== null) {
      const [mx, my] = [this.normal(0.03), this.normal(0.03)];
      return { mx, my, x0: this.normal(beamMm), y0: this.normal(beamMm) };
    }
    const { random } = this;
    const cosine = random() ** 0.25;
    const slope = Math.sqrt(1 - cosine ** 2) / cosine;
    const azimuth = 2 * Math.PI * random();
    const [x0, y0] = [1800 * (random() - 0.5), 1800 * (random() - 0.5)];
    return { mx: slope * Math.cos(azimuth), my: slope * Math.sin(azimuth), x0, y0 };
  }

  private cross(
    orbit: number,
    { chamber, x, m, t0 }: { chamber: number; x: number; m: number; t0: number },
    faults: ToyFaults,
  ): void {
    const { random } = this;
    let inMacrocell = 0;
    for (let layer = 0; layer < 4; layer += 1) {
      const place = x + m * 13 * (layer - 1.5);
      const wire = Math.round((place - (firstWireMm[layer] as number)) / 42);
      if (wire < 0 || wire > 15 || random() > this.options.efficiency) continue;
      const mm = Math.abs(place - (firstWireMm[layer] as number) - 42 * wire);
      let drift = mm / velocityMmPerNs + this.normal(this.options.timeSpreadNs);
      if (random() < 0.04) drift *= random();
      const ns = t0 + Math.max(-3, drift) + 95 - (offsetsNs[chamber] as number);
      this.hit(orbit, { chamber, layer, wire, ns }, faults);
      if (wire >= 9 && wire <= 12) inMacrocell += 1;
    }
    if (inMacrocell < 3 || chamber % 2 === 1) return;
    const fpga = chamber / 2;
    const words = [
      [3, 4369, 0],
      [1, 0, 34],
      [0, Math.floor(t0 / 25), 7],
      [4, 0, m.toFixed(4)],
      [5, 0, (x - 126).toFixed(3)],
    ] as const;
    for (const [head, bx, tdc] of words)
      if (faults.noHeads?.includes(head) !== true) this.rows.push(`${head},${fpga},0,${orbit},${bx},${tdc}`);
  }

  private hit(orbit: number, hit: Hit, faults: ToyFaults): void {
    const { random } = this;
    const { layer: lossy, chamber: weak } = faults;
    if (weak?.[0] === hit.chamber && random() > weak[1]) return;
    if (lossy?.[0] === hit.chamber && lossy[1] === hit.layer + 1 && random() > lossy[2]) return;
    this.write(orbit, hit, faults);
    if (random() < (faults.afterPulses ?? 0.03))
      this.write(orbit, { ...hit, ns: hit.ns + 85 + 300 * random() }, faults);
  }

  /** Applies the cabling and writes the row. */
  private write(orbit: number, { chamber, layer, wire, ns }: Hit, faults: ToyFaults): void {
    const swapped = (value: number, a: number, b: number): number =>
      value === a ? b : value === b ? a : value;
    const { layers, cables, cablesOfTwo, chambers } = faults;
    const ownLayer = layers?.[0] === chamber ? swapped(layer + 1, layers[1], layers[2]) - 1 : layer;
    let channel = 4 * (faults.mirrored === chamber ? 15 - wire : wire) + (channelOfLayer[ownLayer] as number);
    if (cables?.[0] === chamber) channel = 16 * swapped(channel >> 4, cables[1], cables[2]) + (channel & 15);
    let place = chambers === undefined ? chamber : swapped(chamber, ...chambers);
    if (cablesOfTwo !== undefined) {
      const [a, cable, b, other] = cablesOfTwo;
      const move = (to: number, number: number): void => {
        [place, channel] = [to, 16 * number + (channel & 15)];
      };
      if (place === a && channel >> 4 === cable) move(b, other);
      else if (place === b && channel >> 4 === other) move(a, cable);
    }
    this.measure(orbit, place >> 1, 64 * (place & 1) + channel, ns, faults);
  }

  private signal(orbit: number, ns: number, faults: ToyFaults = {}): void {
    this.measure(orbit, 1, 128, ns, faults);
  }

  private measure(orbit: number, fpga: number, channel: number, ns: number, { bxOffset }: ToyFaults): void {
    const shift = bxOffset?.[0] === fpga ? 25 * bxOffset[1] : 0;
    const ticks = Math.floor(((ns + shift) / 25) * 30);
    const perOrbit = 3564 * 30;
    const own = orbit + Math.floor(ticks / perOrbit);
    const tick = ((ticks % perOrbit) + perOrbit) % perOrbit;
    this.rows.push(`2,${fpga},${channel},${own},${Math.floor(tick / 30)},${(tick % 30) + 1}`);
  }

  /** Uniform in 0..1 (mulberry32). */
  private readonly random = (): number => {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };

  private normal(sigma: number): number {
    return sigma * Math.sqrt(-2 * Math.log(1 - this.random())) * Math.cos(2 * Math.PI * this.random());
  }

  private around(mean: number): number {
    return Math.max(0, Math.round(mean + this.normal(Math.sqrt(mean))));
  }
}

const text = new TextEncoder();

function messageOf(id: number, rows: string): WindowMessage {
  const { detector } = defaultPipelineConfig;
  const bundle = new BundleAccumulator({ ...defaultPipelineConfig, windowMs });
  bundle.add(id * windowMs, null, text.encode(rows));
  const cursors = [...bundle.finish()].map(({ bytes }) => new PartialCursor(bytesInMemory(bytes), 1 << 20));
  return summarise(mergePartials(cursors, detector), {
    window: { start_ms: id * windowMs, end_ms: (id + 1) * windowMs, time: "detector" },
    detector,
    partial: false,
    revision: 0,
    emittedMs: 0,
  });
}
