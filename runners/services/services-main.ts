/** The process behind `init`: starts the missing services, keeps them running and stops them at its end. */
import { MuonitorError } from "../../pipeline/model/index.js";
import { untilAborted, watchStopSignals } from "../process/index.js";
import { choosePort } from "./index.js";
import { lockServices, writeServicesNote } from "./background.js";
import { ClusterServices } from "./cluster-services.js";

/** Services to start and their ports; an address refers to an existing service. */
export interface ServicesPlan {
  stateFolder: string;
  bootstrapServers: string | null;
  flinkMaster: string | null;
  workerPool: string | null;
  kafkaPort: number;
  flinkPort: number;
  workerPort: number;
  keepData: boolean;
  kafkaBytes: number;
}

const plan = JSON.parse(process.argv[2] ?? "null") as ServicesPlan;
const ending = new AbortController();
const log = (line: string): void => void process.stderr.write(`${new Date().toISOString()} ${line}\n`);
let release = (): void => undefined;
/** A port in use is reported before anything starts, because starting Kafka may delete its data. */
async function requireFreePorts(): Promise<void> {
  if (plan.bootstrapServers === null) await choosePort("Kafka", plan.kafkaPort);
  if (plan.flinkMaster === null) await choosePort("Flink's page", plan.flinkPort);
  if (plan.workerPool === null) await choosePort("the worker pool", plan.workerPort);
}

const done = watchStopSignals({ onStop: () => ending.abort(), log });
let forget = (): void => undefined;
const parts = new ClusterServices({ ...plan, log, signal: ending.signal });
try {
  release = lockServices(plan.stateFolder);
  await requireFreePorts();
  const addresses = await parts.startMissing(plan, {
    kafka: { port: plan.kafkaPort, fresh: !plan.keepData },
    flink: { restPort: plan.flinkPort },
    workerPort: plan.workerPort,
  });
  forget = writeServicesNote(plan.stateFolder, addresses);
  await untilAborted(ending.signal);
} catch (error) {
  if (!ending.signal.aborted) {
    process.exitCode = 1;
    log(error instanceof MuonitorError ? error.message : String(error));
  }
} finally {
  forget();
  await parts.close();
  release();
  done();
}
