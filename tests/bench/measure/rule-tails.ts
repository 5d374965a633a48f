/**
 * The tail of each rule in good data: how far its readings contradict good data, against what it needs. Beyond the highest z that
 * was seen the tail is taken as exp(-z²/2), as the counts' bounds have it.
 */
import type { Reading } from "../../../dashboard/bridge/quality/physics/search.js";

interface Tail {
  readings: number;
  /** Beyond the rule's limit. */
  beyond: number;
  neededZ: number;
  highestZ: number;
  highestBeyondZ: number;
}

const windowsPerWeek = (7 * 24 * 3600) / 5;

export class RuleTails {
  private readonly tails = new Map<string, Tail>();

  take(key: string, { z, beyond }: Reading, neededZ: number): void {
    const name = key.replace(/ .*$/, "");
    let tail = this.tails.get(name);
    if (tail === undefined)
      this.tails.set(name, (tail = { readings: 0, beyond: 0, neededZ, highestZ: 0, highestBeyondZ: 0 }));
    tail.readings += 1;
    tail.highestZ = Math.max(tail.highestZ, z);
    if (!beyond) return;
    tail.beyond += 1;
    tail.highestBeyondZ = Math.max(tail.highestBeyondZ, z);
  }

  table(windows: number): string {
    const rows = [...this.tails].sort(([a], [b]) => (a < b ? -1 : 1));
    let week = 0;
    const lines = rows.map(([name, tail]) => {
      const { readings, beyond, neededZ, highestZ, highestBeyondZ } = tail;
      const perWeek =
        beyond === 0 ? 0 : (windowsPerWeek / windows) * Math.exp((highestBeyondZ ** 2 - neededZ ** 2) / 2);
      week += Math.min(perWeek, windowsPerWeek);
      const rate = beyond === 0 ? "none beyond" : perWeek.toExponential(1);
      return `| ${[name, readings, highestZ.toFixed(1), beyond, beyond === 0 ? "-" : highestBeyondZ.toFixed(1), neededZ, rate].join(" | ")} |`;
    });
    const head = [
      "quantity",
      "readings",
      "highest z",
      "beyond limit",
      "highest z of these",
      "needed z",
      "per week",
    ];
    return [
      `| ${head.join(" | ")} |`,
      `|${" --- |".repeat(head.length)}`,
      ...lines,
      "",
      `all together ${week.toExponential(1)} a week`,
    ].join("\n");
  }
}
