/** The Java services that a submission needs: the job server, and the expansion service for KafkaIO. */
import { together } from "../process/index.js";
import { startExpansionService, startJobServer, type BeamService } from "../services/index.js";

export interface SubmissionServices {
  jobServer: BeamService;
  expansion: BeamService;
  stop(): Promise<void>;
}

/** Flushes a buffer between tasks after this time even if it is not full. */
const lowLatency = { "execution.buffer-timeout.interval": "5 ms" };

/** Starts both at the same time; Flink need not answer yet. If one fails, neither is left. */
export async function startSubmissionServices(where: {
  stateFolder: string;
  /** HOST:PORT of Flink's REST interface. */
  flinkMaster: string;
  signal?: AbortSignal | undefined;
}): Promise<SubmissionServices> {
  const { stateFolder, flinkMaster, signal } = where;
  const started: BeamService[] = [];
  const kept = async (starting: Promise<BeamService>): Promise<BeamService> => {
    const service = await starting;
    started.push(service);
    return service;
  };
  const stop = async (): Promise<void> => {
    await Promise.all(started.splice(0).map((service) => service.stop()));
  };
  try {
    const [jobServer, expansion] = await together(
      [
        (signal) => kept(startJobServer({ stateFolder, signal, flinkMaster, jobSettings: lowLatency })),
        (signal) => kept(startExpansionService({ stateFolder, signal })),
      ],
      signal,
    );
    return { jobServer, expansion, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
