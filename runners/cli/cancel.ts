/** `cancel`: ends a streaming job. */
import { FlinkRest } from "../flink/rest.js";
import { chooseJob, flinkMasterOption, jobOption } from "./flink-options.js";
import type { CliContext, OptionValues, Verb } from "./verb.js";

interface CancelOptions {
  flinkMaster: string;
  job?: string;
}

export const cancelVerb: Verb = {
  name: "cancel",
  summary: "end the streaming job",
  description: `Ends the job at once and waits until it has ended. Its state is gone: muonitor savepoint --stop keeps it.`,
  options: [flinkMasterOption, jobOption],
  examples: ["muonitor cancel"],
  run: (options, context) => cancel(options as OptionValues & CancelOptions, context),
};

async function cancel(options: CancelOptions, { stdout, signal }: CliContext): Promise<number> {
  const rest = new FlinkRest(options.flinkMaster, signal);
  const { jid, name } = await chooseJob(rest, options.job);
  await rest.cancel(jid);
  stdout.write(`job ${name} (${jid}) has ended\n`);
  return 0;
}
