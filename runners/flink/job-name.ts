/** Maps streams to jobs: several telescopes may share a cluster. */
import { defaultStream } from "../../pipeline/model/index.js";
import type { FlinkJob } from "./rest.js";

/** Name of a stream's job and of its consumer group. */
export function jobNameOf(stream: string): string {
  return stream === defaultStream ? "muonitor" : `muonitor-${stream}`;
}

/** Whether a job belongs to a stream; any job does if no stream is given. */
export function isOf(stream: string | undefined, { name }: Pick<FlinkJob, "name">): boolean {
  return stream === undefined || name === jobNameOf(stream);
}
