/**
 * The finding that describes an alarm after it has cleared. An alarm can have several diagnoses: with few counts, the first
 * can name a wrong part, and the last can be that of a sum with good data. The one that was given in most windows is kept.
 */
import { bySeverity, type Finding } from "../../../pipeline/model/index.js";

interface Diagnosis {
  name: string;
  worst: Finding;
  /** Number of judgements with it. */
  times: number;
}

/** Maximum number of diagnoses of an alarm. */
const mostDiagnoses = 32;

export class Diagnoses {
  private readonly known = new Map<string, Diagnosis>();
  private leading: Diagnosis;

  constructor(first: Finding) {
    this.leading = { name: diagnosisOf(first), worst: first, times: 1 };
    this.known.set(this.leading.name, this.leading);
  }

  /** Of the most severe diagnoses the most frequent. */
  get name(): string {
    return this.leading.name;
  }

  /** @returns the finding that describes the alarm: the one with the worst number */
  add(finding: Finding): Finding {
    const name = diagnosisOf(finding);
    const own = this.known.get(name);
    if (own !== undefined) {
      own.times += 1;
      own.worst = worseOf(own.worst, finding);
    } else if (this.known.size < mostDiagnoses) this.known.set(name, { name, worst: finding, times: 1 });
    for (const one of this.known.values()) {
      const order = bySeverity(one.worst, this.leading.worst);
      if (order < 0 || (order === 0 && one.times >= this.leading.times)) this.leading = one;
    }
    return this.leading.worst;
  }
}

/** State and reason without measured numbers: "bad layers 1 and 2 are exchanged". */
function diagnosisOf({ state, reason, numbers }: Finding): string {
  const name = reason.split(":")[0] as string;
  return `${state} ${name.replaceAll(measured, "#")}${numbers["dead_time"] === undefined ? "" : ", dead time"}`;
}

/** "61 ± 4 %", "-25.3 ns", "9" in "9 cells lose hits": not "layer 2" or "6 BX". */
const measured = /^-?\d[\d.]*|-?\d[\d .]*( ± \d[\d.]*)? ?(%|ns|times|Hz|kHz)|-?\d+(\.\d+| ± \d[\d.]*)/g;

/** Names of numbers for which a smaller value is worse. */
const lessIsWorse = new Set([
  "efficiency",
  "found_fraction",
  "live_fraction",
  "lines_fraction",
  "segments_ratio",
]);
/** Rules whose `fraction` is a remaining part: less is worse. */
const lossRules: readonly string[] = ["timing-loss", "segment-loss", "no-muons", "cell-efficiency"];

/**
 * The worse of two findings with the same diagnosis: the one from clearly more windows, because with few counts a number
 * is far off by chance, or the one with the worse number.
 */
function worseOf(a: Finding, b: Finding): Finding {
  const [before, now] = [windowsOf(a), windowsOf(b)];
  if (now > 2 * before) return b;
  if (before > 2 * now) return a;
  return severityOf(b) > severityOf(a) ? b : a;
}

/** Longer spans contain data from before the fault. */
const mostWindows = 12;
const windowsOf = ({ numbers }: Finding): number => Math.min(mostWindows, numbers["windows"] ?? 1);

function severityOf({ rule, numbers }: Finding): number {
  const bit = numbers["bit_fraction"];
  if (bit !== undefined) return Math.abs(bit - 0.5);
  const first = Object.entries(numbers).find(([name]) => name !== "windows");
  if (first === undefined) return 0;
  const [name, value] = first;
  if (name === "ratio") return Math.abs(value - 1);
  const isLeft = lessIsWorse.has(name) || (name === "fraction" && lossRules.includes(rule));
  return isLeft ? -value : Math.abs(value);
}
