import { posix } from "node:path";
import { importsOf, loadedBy } from "./imports.js";

/** An area of the project: where it lies and what it may import beside itself. The first that fits a file is its area. */
interface Area {
  readonly name: string;
  readonly holds: RegExp;
  readonly mayImport: readonly string[];
}

const areas: readonly Area[] = [
  { name: "model", holds: /^pipeline\/model\//, mayImport: [] },
  { name: "steps", holds: /^pipeline\/steps\//, mayImport: ["model"] },
  { name: "beam", holds: /^pipeline\/beam\//, mayImport: ["model", "steps"] },
  { name: "producer", holds: /^producer\//, mayImport: ["model", "steps"] },
  { name: "bridge", holds: /^dashboard\/bridge\//, mayImport: ["model", "steps"] },
  { name: "page", holds: /^dashboard\//, mayImport: ["model"] },
  {
    name: "cli",
    holds: /^runners\/cli[./]/,
    mayImport: ["model", "steps", "beam", "producer", "bridge", "runners", "net", "process"],
  },
  { name: "process", holds: /^runners\/process\//, mayImport: ["model"] },
  { name: "net", holds: /^runners\/net\//, mayImport: ["model", "process"] },
  { name: "runners", holds: /^runners\//, mayImport: ["model", "steps", "beam", "net", "process"] },
];

/** Modules of Node that reach files, the network or other processes. */
const inputOutput =
  /^(node:)?(fs|net|tls|dgram|dns|http|https|http2|child_process|cluster|worker_threads|readline|repl|tty)(\/|$)/;

/** The Beam SDK, which not even its users' neighbours may see, and where it is at home. */
const beamPackages = /^(apache-beam|long|protobufjs|@grpc)(\/|$)/;
const beamsHome = /^(pipeline\/beam|runners\/worker)\//;
/** Loads the SDK, after what the SDK needs; its message types (proto) need nothing. */
const beamsDoor = "pipeline/beam/sdk.ts";
const behindTheDoor = /^apache-beam(?!\/proto\/)/;

/** What is wrong with the imports of one source file. */
export function violations(path: string, text: string): string[] {
  const besideTheDoor = loadedBy(path, text)
    .filter((name) => behindTheDoor.test(name) && beamsHome.test(path) && path !== beamsDoor)
    .map((name) => `${path} imports ${name}: values of the SDK come from ${beamsDoor}`);
  const misplaced = importsOf(path, text)
    .map(
      (name) => [name, name.startsWith(".") ? wrongNeighbour(path, name) : wrongPackage(path, name)] as const,
    )
    .filter(([, fault]) => fault !== undefined)
    .map(([name, fault]) => `${path} imports ${name}: ${String(fault)}`);
  return [...misplaced, ...besideTheDoor];
}

function wrongNeighbour(path: string, name: string): string | undefined {
  const from = areaOf(path);
  const target = posix.join(posix.dirname(path), name);
  const to = areaOf(target);
  if (!from) return undefined;
  if (!to) return `${target} belongs to no part of the system`;
  if (from === to || from.mayImport.includes(to.name)) return undefined;
  return `${from.name} must not import ${to.name}`;
}

function wrongPackage(path: string, name: string): string | undefined {
  const area = areaOf(path)?.name;
  if (area === "model") return "the model imports nothing";
  if (name.startsWith("@muonitor/")) return "folders of the project are imported by relative path";
  if (area === "steps" && inputOutput.test(name)) return "steps do no input or output";
  if (beamPackages.test(name) && !beamsHome.test(path))
    return "Beam is at home in pipeline/beam and its worker";
  if (path.startsWith("dashboard/src/") && name.startsWith("node:")) return "the page runs in a browser";
  return undefined;
}

function areaOf(path: string): Area | undefined {
  return areas.find(({ holds }) => holds.test(path));
}
