/** `run`, `beat`, `halt`, `dismiss`: the verbs of an earlier system, built from current verbs. */
import { UnavailableError } from "../../pipeline/model/index.js";
import { systemOwner } from "../system/note.js";
import {
  endProcess,
  findBeats,
  findServices,
  noteBeat,
  servicesOwner,
  removeServicesNote,
} from "../services/background.js";
import { downVerb } from "./down.js";
import { produceOptions, produceVerb } from "./produce.js";
import { stateFolder, stateFolderOption } from "./system-options.js";
import { liveRunnerOption, runLive, systemOptions } from "./up.js";
import { defineVerb } from "./verb.js";

/** Rate of the earlier system, rows/s. */
const beatRateHz = 1100;
const beatGraceMs = 30_000;
const partsGraceMs = 30_000;

export const runVerb = defineVerb({
  name: "run",
  section: "up",
  summary: "start pipeline and page: up --no-source on the services of init",
  description: `Second of the commands init, run, beat, halt, dismiss. Same as muonitor up --no-source, with the services that muonitor init
has started unless options name others. Rows come from muonitor beat. Ctrl-C or muonitor halt stops it; the services keep running.`,
  options: [
    {
      ...liveRunnerOption,
      default: undefined,
      defaultText: "flink on the services of muonitor init; embedded without them",
    },
    ...systemOptions,
  ],
  examples: ["muonitor run --config localhost"],
  run: async (options, context) => {
    const parts = findServices(stateFolder(options, context));
    const { runner = parts === null ? "embedded" : "flink" } = options;
    const found = runner === "flink" ? parts : null;
    const { bootstrapServers = found?.bootstrapServers } = options;
    const { flinkMaster = found?.flinkMaster, workerPool = found?.workerPool } = options;
    const servers = { bootstrapServers, flinkMaster, workerPool };
    return runLive({ ...options, ...servers, runner }, () => Promise.resolve(null), context);
  },
});

export const beatVerb = defineVerb({
  name: "beat",
  section: "produce",
  summary: `send rows: produce, at ${beatRateHz} rows/s`,
  description: `Third of the commands init, run, beat, halt, dismiss. Same as muonitor produce at ${beatRateHz} rows/s, to the Kafka that muonitor
init has started or to the embedded system of muonitor run. Ctrl-C or muonitor halt stops it.`,
  options: produceOptions(beatRateHz),
  examples: ["muonitor beat", "muonitor beat --input run12.txt --rate 5000"],
  run: async (options, context) => {
    const folder = stateFolder(options, context);
    const { bootstrapServers = findServices(folder)?.bootstrapServers } = options;
    const forget = noteBeat(folder);
    try {
      return await produceVerb.run({ ...options, bootstrapServers }, context);
    } finally {
      forget();
    }
  },
});

export const haltVerb = defineVerb({
  name: "halt",
  summary: "stop beat and run; the services of init keep running",
  description: `Fourth of the commands init, run, beat, halt, dismiss. Stops every muonitor beat, then the system that muonitor run or up has
started, as muonitor down does. Kafka and Flink keep running, and topics are kept.`,
  options: [stateFolderOption],
  examples: [],
  run: async (options, context) => {
    const beats = findBeats(stateFolder(options, context));
    for (const beat of beats) await endProcess(beat, beatGraceMs, context.signal);
    if (beats.length > 0) context.stdout.write("beat has stopped\n");
    return downVerb.run(options, context);
  },
});

export const dismissVerb = defineVerb({
  name: "dismiss",
  summary: "stop everything: halt, then the services of init",
  description: `Last of the commands init, run, beat, halt, dismiss. Does the same as muonitor halt, then stops Kafka, Flink and workers that
muonitor init has started and deletes their data. Services and topics that existed before are kept; muonitor topics delete removes topics.`,
  options: [stateFolderOption],
  examples: [],
  run: async (options, context) => {
    await haltVerb.run(options, context);
    const folder = stateFolder(options, context);
    if (systemOwner(folder) !== null) throw new UnavailableError("the system is still running");
    const parts = servicesOwner(folder) ?? findServices(folder);
    if (parts === null) return 0;
    await endProcess(parts, partsGraceMs, context.signal);
    if (servicesOwner(folder) === null) removeServicesNote(folder);
    context.stdout.write("Kafka, Flink and workers have stopped\n");
    return 0;
  },
});
