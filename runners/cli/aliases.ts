/** `run`, `beat`, `halt`, `dismiss`: the verbs of an earlier system, made of those of this one. */
import { UnavailableError } from "../../pipeline/model/index.js";
import { systemOwner } from "../system/note.js";
import {
  endProcess,
  findBeats,
  findServices,
  noteBeat,
  servicesOwner,
  removeServicesNote,
  type ServicesNote,
} from "../services/background.js";
import { downVerb } from "./down.js";
import { produceVerb } from "./produce.js";
import { sourceOptions } from "./source-options.js";
import { stateFolder, stateFolderOption } from "./system-options.js";
import { upVerb } from "./up.js";
import type { CliContext, OptionSpec, OptionValues, Verb } from "./verb.js";

/** Rows/s of the earlier system. */
const beatRateHz = 1100;
const beatGraceMs = 30_000;
const partsGraceMs = 30_000;

const stateFolderOf = (options: OptionValues, context: CliContext): string =>
  stateFolder(options as { stateDir: string }, context);

const ofSource = new Set([...sourceOptions.map(({ flags }) => flags), "--no-source"]);

export const runVerb: Verb = {
  name: "run",
  section: "up",
  summary: "start pipeline and page: up --no-source on the parts of init",
  description: `Second of the verbs init, run, beat, halt, dismiss. It is muonitor up --no-source, with the parts that muonitor init
has started where no option names others. Rows come from muonitor beat. Ctrl-C or muonitor halt ends it; the parts go on.`,
  options: upVerb.options.filter(({ flags }) => !ofSource.has(flags)).map(withoutRunner),
  examples: ["muonitor run --config localhost"],
  run: async (options, context) => {
    const parts = findServices(stateFolderOf(options, context));
    const runner = options["runner"] ?? (parts === null ? "embedded" : "flink");
    const found = parts === null || runner !== "flink" ? {} : addressesOf(parts);
    return upVerb.run({ ...found, ...defined(options), runner, source: false }, context);
  },
};

function withoutRunner(spec: OptionSpec): OptionSpec {
  if (!spec.flags.startsWith("--runner ")) return spec;
  return {
    ...spec,
    default: undefined,
    defaultText: "flink on the parts of muonitor init, without them embedded",
  };
}

function addressesOf({ bootstrapServers, flinkMaster, workerPool }: ServicesNote): OptionValues {
  return { bootstrapServers, flinkMaster, workerPool };
}

function defined(options: OptionValues): OptionValues {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}

export const beatVerb: Verb = {
  ...produceVerb,
  name: "beat",
  section: "produce",
  summary: `send rows: produce, at ${beatRateHz} rows/s`,
  description: `Third of the verbs init, run, beat, halt, dismiss. It is muonitor produce at ${beatRateHz} rows/s, to the Kafka that muonitor
init has started or to the embedded system of muonitor run. Ctrl-C or muonitor halt ends it.`,
  options: produceVerb.options.map((spec) =>
    spec.flags.startsWith("--rate ") ? { ...spec, default: beatRateHz } : spec,
  ),
  examples: ["muonitor beat", "muonitor beat --input run12.txt --rate 5000"],
  run: async (options, context) => {
    const folder = stateFolderOf(options, context);
    const servers = options["bootstrapServers"] ?? findServices(folder)?.bootstrapServers;
    const forget = noteBeat(folder);
    try {
      return await produceVerb.run({ ...options, bootstrapServers: servers }, context);
    } finally {
      forget();
    }
  },
};

export const haltVerb: Verb = {
  name: "halt",
  summary: "stop beat and run; the parts of init go on",
  description: `Fourth of the verbs init, run, beat, halt, dismiss. Stops every muonitor beat, then what muonitor run or up has
started, as muonitor down does. Kafka, Flink and topics stay as they are.`,
  options: [stateFolderOption],
  examples: [],
  run: async (options, context) => {
    const beats = findBeats(stateFolderOf(options, context));
    for (const beat of beats) await endProcess(beat, beatGraceMs, context.signal);
    if (beats.length > 0) context.stdout.write("beat has stopped\n");
    return downVerb.run(options, context);
  },
};

export const dismissVerb: Verb = {
  name: "dismiss",
  summary: "stop everything: halt, then the parts of init",
  description: `Last of the verbs init, run, beat, halt, dismiss. Does what muonitor halt does, then stops Kafka, Flink and workers that
muonitor init has started, with all that they hold. Parts and topics that were there before stay: muonitor topics delete.`,
  options: [stateFolderOption],
  examples: [],
  run: async (options, context) => {
    await haltVerb.run(options, context);
    const folder = stateFolderOf(options, context);
    if (systemOwner(folder) !== null) throw new UnavailableError("the system still runs");
    const parts = servicesOwner(folder) ?? findServices(folder);
    if (parts === null) return 0;
    await endProcess(parts, partsGraceMs, context.signal);
    if (servicesOwner(folder) === null) removeServicesNote(folder);
    context.stdout.write("Kafka, Flink and workers have stopped\n");
    return 0;
  },
};
