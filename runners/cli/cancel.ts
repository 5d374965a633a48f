/** `cancel`: ends a streaming job. */
import { FlinkRest } from "../flink/rest.js";
import { chooseJob, flinkMasterOption, jobOptions, type JobChoice } from "./flink-options.js";
import { withServers } from "./find-servers.js";
import { stateFolderOption } from "./system-options.js";
import type { CliContext, OptionValues, Verb } from "./verb.js";

interface CancelOptions extends JobChoice {
  flinkMaster?: string;
  stateDir: string;
}

export const cancelVerb: Verb = {
  name: "cancel",
  summary: "end the streaming job",
  description: `Ends the job at once and waits until it has ended. Its state is gone: muonitor savepoint --stop keeps it.`,
  options: [flinkMasterOption, ...jobOptions, stateFolderOption],
  examples: ["muonitor cancel", "muonitor cancel --stream lab2"],
  run: (options, context) => cancel(options as OptionValues & CancelOptions, context),
};

async function cancel(options: CancelOptions, context: CliContext): Promise<number> {
  const { stdout, signal } = context;
  const rest = new FlinkRest(withServers(options, ["flinkMaster"], context).flinkMaster, signal);
  const { jid, name } = await chooseJob(rest, options);
  await rest.cancel(jid);
  stdout.write(`job ${name} (${jid}) has ended\n`);
  return 0;
}
