/** `savepoint`: saves the state of a job, to resume from it with another version or parallelism. */
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
    description: "folder for the savepoint, as a path or URL that the cluster can access",
    defaultText: "the cluster's state.savepoints.dir",
  },
  { flags: "--stop", description: "stop the job with the savepoint", default: false },
  {
    flags: "--timeout <seconds>",
    description: "timeout in s, 1 to 3600",
    parse: wholeNumber(1, 3600),
    default: 120,
  },
]);
type SavepointOptions = ValuesOf<typeof savepointOptions>;

export const savepointVerb = defineVerb({
  name: "savepoint",
  summary: "save the state of the streaming job",
  description: `Writes a savepoint of the job and prints its path; muonitor submit --from-savepoint resumes from it,
also with another parallelism.

With --stop the job is cancelled as soon as the savepoint is complete. Messages that the job writes between savepoint and end are
written again, with the same content, when it resumes. Do not use Flink's own "stop": it closes the open windows before the savepoint.`,
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
  stderr.write(`job ${name} (${jid}) ${options.stop ? "has stopped" : "continues"}\n`);
  return 0;
}
