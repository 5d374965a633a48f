/** Which job is that of a stream: several telescopes may share a cluster. */
import { defaultStream } from "../../pipeline/model/index.js";
import type { FlinkJob } from "./rest.js";

/** Name of a stream's job and of its group of readers. */
export function jobNameOf(stream: string): string {
  return stream === defaultStream ? "muonitor" : `muonitor-${stream}`;
}

/** Whether a job is that of a stream; without one, any is. */
export function isOf(stream: string | undefined, { name }: Pick<FlinkJob, "name">): boolean {
  return stream === undefined || name === jobNameOf(stream);
}
