/** `savepoint`: keeps the state of a job, to go on from it with another version or parallelism. */
import { FlinkRest } from "../flink/rest.js";
import { chooseJob, flinkMasterOption, jobOptions } from "./flink-options.js";
import { withServers } from "./find-servers.js";
import { stateFolderOption } from "./system-options.js";
import { defineOptions, wholeNumber, type ValuesOf } from "./option.js";
import { defineVerb, type CliContext } from "./verb.js";

const savepointOptions = defineOptions([
  flinkMasterOption,
  ...jobOptions,
  stateFolderOption,
  {
    flags: "--target <folder>",
    description: "where to write it, as the cluster reaches it (a path or a URL)",
    defaultText: "the cluster's state.savepoints.dir",
  },
  { flags: "--stop", description: "end the job with the savepoint", default: false },
  {
    flags: "--timeout <seconds>",
    description: "give up after so long, in s, 1 to 3600",
    parse: wholeNumber(1, 3600),
    default: 120,
  },
]);
type SavepointOptions = ValuesOf<typeof savepointOptions>;

export const savepointVerb = defineVerb({
  name: "savepoint",
  summary: "keep the state of the streaming job",
  description: `Writes a savepoint of the job and prints where it is; muonitor submit --from-savepoint goes on from it,
with another parallelism too. With --stop the job is cancelled as soon as the savepoint is complete; a message that it still
writes in between is made again, the same. Do not use Flink's own "stop": it closes the open windows before the savepoint.`,
  options: savepointOptions,
  examples: ["muonitor savepoint --stop", "muonitor savepoint --stream lab2 --stop"],
  run: savepoint,
});

async function savepoint(options: SavepointOptions, context: CliContext): Promise<number> {
  const { stdout, stderr, signal } = context;
  const rest = new FlinkRest(withServers(options, ["flinkMaster"], context).flinkMaster, signal);
  const { jid, name } = await chooseJob(rest, options);
  const place = await rest.savepoint(jid, options.target ?? null, options.stop, options.timeout * 1000);
  stdout.write(`${place}\n`);
  stderr.write(`job ${name} (${jid}) ${options.stop ? "has stopped" : "goes on"}\n`);
  return 0;
}
