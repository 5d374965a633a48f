/** `jobs`: lists the jobs of a Flink cluster. */
import { FlinkRest, hasEnded, type FlinkJob } from "../flink/rest.js";
import { flinkMasterOption, jobNameText } from "./flink-options.js";
import { isOf } from "../flink/job-name.js";
import { withServers } from "./find-servers.js";
import { stateFolderOption, streamOption } from "./system-options.js";
import { defineOptions, type ValuesOf } from "./option.js";
import { defineVerb, type CliContext } from "./verb.js";

interface ListedJob {
  id: string;
  name: string;
  state: string;
  start_ms: number;
  duration_ms: number;
  /** Time of the last complete checkpoint; null if there is none. */
  checkpoint_ms: number | null;
}

const jobsOptions = defineOptions([
  flinkMasterOption,
  {
    ...streamOption,
    description: `only the job of this telescope, called ${jobNameText}`,
    default: undefined,
    defaultText: "all jobs",
  },
  stateFolderOption,
  { flags: "--json", description: "print one line of JSON per job", default: false },
]);
type JobsOptions = ValuesOf<typeof jobsOptions>;

export const jobsVerb = defineVerb({
  name: "jobs",
  summary: "list the jobs of a Flink cluster",
  description:
    "Lists running and recently ended jobs: state, start, duration and the age of the last checkpoint.",
  options: jobsOptions,
  examples: ["muonitor jobs", "muonitor jobs --flink-master flink.example.org:8081 --json"],
  run: jobs,
});

async function jobs(options: JobsOptions, context: CliContext): Promise<number> {
  const { stdout, signal } = context;
  const { stream, json } = options;
  const { flinkMaster } = withServers(options, ["flinkMaster"], context);
  const rest = new FlinkRest(flinkMaster, signal);
  const listed = await Promise.all(
    (await rest.jobs()).filter((job) => isOf(stream, job)).map((job) => describe(rest, job)),
  );
  const lines = listed.map((job) => (json ? JSON.stringify(job) : lineOf(job)));
  if (lines.length === 0 && !json)
    lines.push(`no job${stream === undefined ? "" : ` of ${stream}`} at ${flinkMaster}`);
  stdout.write(lines.map((line) => `${line}\n`).join(""));
  return 0;
}

async function describe(rest: FlinkRest, job: FlinkJob): Promise<ListedJob> {
  const checkpoint = hasEnded(job) ? null : (await rest.checkpoints(job.jid)).latest.completed;
  return {
    id: job.jid,
    name: job.name,
    state: job.state,
    start_ms: job["start-time"],
    duration_ms: job.duration,
    checkpoint_ms: checkpoint?.latest_ack_timestamp ?? null,
  };
}

function lineOf(job: ListedJob): string {
  const start = `since ${new Date(job.start_ms).toISOString().slice(0, 19)}Z`;
  const age = job.checkpoint_ms === null ? "none" : `${seconds(Date.now() - job.checkpoint_ms)} ago`;
  return `${job.id}  ${job.state.padEnd(10)}  ${job.name}  ${start} (${seconds(job.duration_ms)}), checkpoint ${age}`;
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;
