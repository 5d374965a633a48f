/** Measured figures as they are kept in infra/benchmarks/measurements.json. */
import { readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { repositoryFolder } from "../../../runners/paths.js";

export interface Measurement {
  /** What was varied. */
  study: string;
  /** Its value in this case. */
  label: string;
  value: number;
  unit: "rows/s" | "ms";
  /** Peak of all processes, MB. */
  memoryMb?: number;
  /** With start and stop of the cluster, s. */
  wallSeconds?: number;
}

export interface Measurements {
  /** Day, UTC. */
  measured: string;
  node: string;
  machine: string;
  /** What else ran on the machine meanwhile. */
  conditions: string;
  measurements: Measurement[];
}

export const benchmarksFolder = join(repositoryFolder, "infra", "benchmarks");
const file = join(benchmarksFolder, "measurements.json");

export function readMeasurements(): Measurements {
  return JSON.parse(readFileSync(file, "utf8")) as Measurements;
}

export function writeMeasurements(measurements: Measurement[], conditions: string): Measurements {
  const all: Measurements = {
    measured: new Date().toISOString().slice(0, 10),
    node: process.version,
    machine: `${cpus().length} x ${cpus()[0]?.model ?? "unknown processor"}`,
    conditions,
    measurements,
  };
  writeFileSync(file, `${JSON.stringify(all, null, 2)}\n`);
  return all;
}
