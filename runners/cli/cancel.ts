/** `cancel`: cancels a streaming job. */
import { FlinkRest } from "../flink/rest.js";
import { chooseJob, flinkMasterOption, jobOptions } from "./flink-options.js";
import { withServers } from "./find-servers.js";
import { stateFolderOption } from "./system-options.js";
import { defineOptions, type ValuesOf } from "./option.js";
import { defineVerb, type CliContext } from "./verb.js";

const cancelOptions = defineOptions([flinkMasterOption, ...jobOptions, stateFolderOption]);
type CancelOptions = ValuesOf<typeof cancelOptions>;

export const cancelVerb = defineVerb({
  name: "cancel",
  summary: "cancel the streaming job",
  description: `Cancels the job immediately and waits until it has ended. Its state is lost; muonitor savepoint --stop keeps it.`,
  options: cancelOptions,
  examples: ["muonitor cancel", "muonitor cancel --stream lab2"],
  run: cancel,
});

async function cancel(options: CancelOptions, context: CliContext): Promise<number> {
  const { stdout, signal } = context;
  const rest = new FlinkRest(withServers(options, ["flinkMaster"], context).flinkMaster, signal);
  const { jid, name } = await chooseJob(rest, options);
  await rest.cancel(jid);
  stdout.write(`job ${name} (${jid}) has ended\n`);
  return 0;
}
