/** Inputs of the golden pairs for segments, timing, read-out and trigger words, all generated. */
import { gzipSync } from "node:zlib";
import { rowAt, rowsOfTrack, type Track } from "../helpers/tracks.js";
import { encodeCsv } from "../reference/encode.js";
import type { Row } from "../reference/row.js";

const track = (orbit: number, chamber: number, x: number, more: Partial<Track> = {}): Row[] =>
  rowsOfTrack({ orbit, chamber, t0: 20_000, x, tan: 0.2, errors: [1, -1, 2, -2], ...more });
const timing = (orbit: number, channel: number, timeNs: number): Row => ({
  ...rowAt(3, 0, orbit, timeNs),
  channel,
});
const word = (orbit: number, fpga: number, head: number, bx: number, tdc: number): Row => ({
  ...{ head, fpga, channel: head === 0 ? 4 : 0, orbit, bx, tdc },
});
const candidate = (orbit: number, fpga: number, tan: number, x: number): Row[] => [
  word(orbit, fpga, 3, 17_480, 0),
  word(orbit, fpga, 1, 0, 32),
  word(orbit, fpga, 0, 800, 1),
  word(orbit, fpga, 4, 0, tan),
  word(orbit, fpga, 5, 0, x),
];
const heights = [219.8, 977.3, 1035.6, 1819.8];

/** A muon through all chambers; the rotated chamber has its own position. */
function through(orbit: number, x: number, tan: number, more: Partial<Track> = {}): Row[] {
  return heights.flatMap((height, chamber) =>
    track(orbit, chamber, chamber === 1 ? 30 : x + tan * (height - 1000), {
      tan: chamber === 1 ? -0.1 : tan,
      ...more,
    }),
  );
}

export const muonInputs: Record<string, string | Uint8Array> = {
  // Muons with and without timing signals, tracks without a hit in one layer, a shower, noise, repeats, two series of words.
  "tracks.csv": encodeCsv([
    ...[...through(616_958, 20, 0.1), timing(616_958, 128, 20_095), timing(616_958, 129, 20_100)],
    ...[...through(616_960, -120, -0.3), timing(616_960, 128, 20_094), timing(616_960, 128, 23_000)],
    ...through(616_961, 100, 0.05, { errors: [0, null, 0, 0] }),
    ...[...through(616_962, 60, 0.4, { errors: [null, 0, 0, 0] }), timing(616_962, 128, 20_096)],
    ...[...track(616_963, 0, 0), ...track(616_963, 0, 0), ...track(616_963, 0, 150, { t0: 50_000 })],
    ...Array.from({ length: 26 }, (_, i) => rowAt(2, (11 * i) % 64, 616_964, 30_000 + 90 * i)),
    ...[rowAt(1, 5, 616_965, 100), rowAt(1, 5, 616_965, 690), rowAt(1, 5, 616_965, 1300)],
    ...[timing(616_966, 128, 500), timing(616_966, 138, 500), timing(616_967, 138, 500)],
    ...[...candidate(616_958, 0, 0.099976, -184), ...candidate(616_958, 1, 0.100098, -102.375)],
    ...[...candidate(616_960, 0, -0.300049, -7.5), ...candidate(616_960, 0, -0.300049, -7.5)],
    ...candidate(616_970, 5, 1.5, 80).slice(0, 4),
    { head: 2, fpga: 0, channel: 3, orbit: 616_971, bx: 4095, tdc: 31 },
    { head: 2, fpga: 0, channel: 3, orbit: 616_971, bx: 3563, tdc: 32.5 },
  ]),
  // More orbits than a message can show, in two windows, near the end of the counter's range.
  "many-muons.csv.gz": gzipSync(
    encodeCsv(
      Array.from({ length: 90 }, (_, i) => {
        const orbit = 4_294_900_000 + 700 * i;
        const rows = track(orbit, i % 4, (37 * i) % 300, { t0: 1000 + 900 * i, tan: ((i % 11) - 5) / 5 });
        return i % 4 === 0 ? [...rows, ...track(orbit, 3, -50 - i, { t0: 1000 + 900 * i })] : rows;
      }).flat(),
    ),
  ),
};
