/** Every verb that needs a server, with a command line that contacts it at once. */
import type { Scratch } from "../helpers/scratch.js";

interface NetworkedVerb {
  /** Kind of server. */
  server: string;
  verb: string;
  /** The command line for a server at HOST:PORT. */
  line: (address: string) => string[];
}

const job = "a".repeat(32);
export const kafka = (address: string): string[] => ["--bootstrap-servers", address];
export const flink = (address: string): string[] => ["--flink-master", address];
const bucket = (address: string): string[] => ["--s3-endpoint", `http://${address}`, "--s3-anonymous"];

export function networkedVerbs(scratch: Scratch): NetworkedVerb[] {
  return Object.entries(linesOf(scratch)).flatMap(([server, lines]) =>
    Object.entries(lines).map(([verb, line]) => ({ server, verb, line })),
  );
}

/** The command lines of one kind of server, by its address. */
function linesOf(scratch: Scratch): Record<string, Record<string, (address: string) => string[]>> {
  const rows = scratch.write("rows.csv", "2,0,1,7,5,5\n");
  const state = (): string[] => ["--state-dir", scratch.folder("state")];
  return {
    Flink: {
      jobs: (at) => ["jobs", ...flink(at)],
      cancel: (at) => ["cancel", ...flink(at)],
      "cancel --job": (at) => ["cancel", "--job", job, ...flink(at)],
      savepoint: (at) => ["savepoint", ...flink(at)],
      "savepoint --stop": (at) => ["savepoint", "--stop", "--job", job, ...flink(at)],
      submit: (at) => ["submit", ...flink(at), ...state()],
    },
    "Flink, for a bounded run": {
      process: (at) => ["process", "--runner", "flink", "--input", rows, ...flink(at), ...state()],
    },
    Kafka: {
      audit: (at) => ["audit", ...kafka(at)],
      "results --once": (at) => ["results", "--once", ...kafka(at)],
      results: (at) => ["results", ...kafka(at)],
      bridge: (at) => ["bridge", "--port", "0", "--history", "none", ...kafka(at), ...state()],
      produce: (at) => ["produce", "--limit", "10", ...kafka(at), ...state()],
      process: (at) => ["process", "--input", "kafka", ...kafka(at), ...state()],
      "topics list": (at) => ["topics", "list", ...kafka(at)],
      "topics describe": (at) => ["topics", "describe", "t", ...kafka(at)],
      "topics peek": (at) => ["topics", "peek", "t", ...kafka(at)],
      "topics count": (at) => ["topics", "count", "t", ...kafka(at)],
      "topics create": (at) => ["topics", "create", "t", ...kafka(at)],
      "topics delete": (at) => ["topics", "delete", "t", "--yes", ...kafka(at)],
      "topics publish": (at) => ["topics", "publish", "t", "--numbers", "1..2", ...kafka(at)],
      init: (at) => ["init", ...kafka(at), ...flink(at), "--worker-pool", at, ...state()],
    },
    S3: {
      fetch: (at) => ["fetch", "--input", "s3://bkt/p", "--output", scratch.folder("out"), ...bucket(at)],
      process: (at) => ["process", "--input", "s3://bkt/p", ...bucket(at), ...state()],
      produce: (at) => ["produce", "--input", "s3://bkt/p", ...bucket(at), ...state()],
    },
  };
}
