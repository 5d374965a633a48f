/** Measured figures as stored in infra/benchmarks/measurements.json. */
import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { repositoryFolder } from "../../../runners/paths.js";
import { peaksText, type ProcessPeak } from "./memory-watch.js";

export interface Measurement {
  /** Name of the study, after its varied parameter. */
  study: string;
  /** Value of the varied parameter. */
  label: string;
  value: number;
  unit: "rows/s" | "ms";
  /** Peak of all processes, MB. */
  memoryMb?: number;
  /** Peak of each process, the largest first. */
  processes?: ProcessPeak[];
  /** Wall time including start and stop of the cluster, s. */
  wallSeconds?: number;
}

/** Where and when a study was measured. */
interface Environment {
  /** Date in UTC. */
  measured: string;
  node: string;
  machine: string;
  /** Other load on the machine during the measurement. */
  conditions: string;
}

export interface Measurements {
  environments: Record<string, Environment>;
  measurements: Measurement[];
}

export const benchmarksFolder = join(repositoryFolder, "infra", "benchmarks");
const fileName = "measurements.json";

export function readMeasurements(folder = benchmarksFolder): Measurements {
  return JSON.parse(readFileSync(join(folder, fileName), "utf8")) as Measurements;
}

/**
 * Measurements of running studies, each saved at once because later ones may fail or be interrupted. The measurements of other
 * studies stay.
 */
export class MeasurementLog {
  readonly all: Measurements;
  private readonly environment: Environment;
  private readonly startedStudies = new Set<string>();

  /** @param folder gets a copy of the page; without the measured figures unless it is the project's own folder */
  constructor(
    readonly folder: string,
    conditions: string,
  ) {
    const isOwn = folder === benchmarksFolder;
    if (!isOwn) copyFileSync(join(benchmarksFolder, "README.md"), join(folder, "README.md"));
    this.all = isOwn ? readMeasurements() : { environments: {}, measurements: [] };
    this.environment = environmentOf(conditions);
  }

  add(measurement: Measurement): void {
    const { study } = measurement;
    if (!this.startedStudies.has(study))
      this.all.measurements = this.all.measurements.filter((one) => one.study !== study);
    this.startedStudies.add(study);
    this.all.environments[study] = this.environment;
    this.all.measurements.push(measurement);
    writeFileSync(join(this.folder, fileName), `${JSON.stringify(this.all, null, 2)}\n`);
  }
}

/** A measurement as one line of text. */
export function lineOf(measurement: Measurement): string {
  const { study, label, value, unit, wallSeconds, memoryMb, processes = [] } = measurement;
  const figure = `${study}: ${label}: ${value.toLocaleString("en")} ${unit}`;
  if (wallSeconds === undefined) return figure;
  return `${figure}, ${wallSeconds} s with start and stop, at most ${memoryMb} MB (${peaksText(processes)})`;
}

function environmentOf(conditions: string): Environment {
  return {
    measured: new Date().toISOString().slice(0, 10),
    node: process.version,
    machine: `${cpus().length} x ${cpus()[0]?.model ?? "unknown processor"}`,
    conditions,
  };
}
