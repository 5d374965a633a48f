/** The rule about FPGAs whose orbit counters differ. */
import { list } from "../words.js";
import { lowFraction } from "./fractions.js";
import type { PairQuantities } from "./quantities.js";
import type { Reading } from "./search.js";
import { outside, total } from "./tails.js";
import { chamberDomain, rawFinding, type PhysicsRule, type PhysicsView } from "./view.js";

/** Finds chambers of different FPGAs that no longer share orbits, although chambers of the same FPGA do. */
export const fpgaOrbits: PhysicsRule = (view) => {
  const { rules, layout, search, detector } = view;
  const settings = rules["fpga-orbit"];
  const fpgaOf = (chamber: number): number => detector.chambers[chamber]?.fpga ?? -1;
  const pairs = layout.pairs.filter(({ chambers }) => chambers.length === 2);
  const across = pairs.filter(
    ({ chambers }) => fpgaOf(chambers[0] as number) !== fpgaOf(chambers[1] as number),
  );
  if (across.length === 0) return [];
  const all = layout.chambers.map(({ chamber }) => chamber);
  const one = search.find(
    "fpga-orbit",
    all.map(chamberDomain),
    (sum) => {
      const ways = [-1, 1].map((way) => {
        const own = across.filter(
          ({ chambers: [from = 0, to = 0] }) => Math.sign(fpgaOf(to) - fpgaOf(from)) === way,
        );
        return sharedOrbits(sum, own, settings);
      });
      // If a chamber is inefficient, lines of other chambers find no segment in it, but its own few lines find
      // segments in the other chambers. If the orbits differ, the fractions are low in both directions.
      const [up, down] = ways;
      if (up == null || down == null) return null;
      const better = up.value > down.value ? up : down;
      return { ...better, beyond: up.beyond && down.beyond, z: Math.hypot(up.z, down.z) };
    },
    { z: settings.significance },
  );
  if (one === null) return [];
  const fpgas = layout.fpgas.map(({ fpga }) => fpga);
  const lost = layout.chambers.filter((places) => {
    const segments = (one.sum[places.fourHit] as number) + (one.sum[places.threeHit] as number);
    return segments > 20 && total(one.sum, places.t0) + outside(one.sum, places.t0) < 0.05 * segments;
  });
  const lostFpgas = [...new Set(lost.map(({ fpga }) => fpga))];
  const off = lostFpgas.length === 1 ? (lostFpgas[0] as number) : (fpgas[0] as number);
  const reason = `the orbit counters of FPGAs ${list(fpgas)} differ by one or more orbits: their chambers share no orbits${lostFpgas.length === 1 ? `, and FPGA ${off} has lost the timing signals` : ""}`;
  return [
    rawFinding("fpga-orbit", { kind: "fpga", fpga: off, chambers: all }, "bad", reason, {
      found_fraction: one.value,
      windows: one.windows,
    }),
  ];
};

/** Fraction of lines from one FPGA that find a segment in a chamber of another; null with too few lines. */
function sharedOrbits(
  sum: ArrayLike<number>,
  pairs: readonly PairQuantities[],
  { fraction_good: good, fraction_low: low }: PhysicsView["rules"]["fpga-orbit"],
): Reading | null {
  let [expected, found] = [0, 0];
  for (const pair of pairs) {
    expected += sum[pair.expected] as number;
    found += total(sum, pair.dx) + outside(sum, pair.dx);
  }
  return expected < 10 ? null : lowFraction(found, expected, good, low, 2);
}
