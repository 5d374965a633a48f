/** The Java services that connect a TypeScript pipeline to Flink: the job server and the expansion service. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import { atExit, makePrivateFolder } from "../process/index.js";
import { ClassArchive } from "./class-archive.js";
import type { FlinkSettings } from "./flink-settings.js";
import { jvmCommand } from "./java.js";
import { choosePort, environmentOf, type ServiceOptions, type Environment } from "./options.js";
import { ManagedProcess } from "./managed-process.js";
import { freePort, loopback } from "./ports.js";
import { grpcAnswers } from "./readiness.js";

interface JobServerOptions extends ServiceOptions {
  /** HOST:PORT of a cluster's REST interface. */
  flinkMaster: string;
  port?: number;
  /** Settings added to every job, as in Flink's configuration. */
  jobSettings?: FlinkSettings;
}

export interface BeamService {
  /** HOST:PORT of its gRPC interface. */
  address: string;
  part: ManagedProcess;
  /** Ends it and removes its temporary files, which may include a job's graph with the login to Kafka. */
  stop(): Promise<void>;
}

const heapMb = 512;

/** Accepts pipelines, translates them to Flink jobs and submits these. */
export async function startJobServer(options: JobServerOptions): Promise<BeamService> {
  const environment = await environmentOf(options, "beam-flink", "job-server");
  const port = await choosePort("the Beam job server", options.port);
  const confFolder = join(environment.folder, "conf");
  makePrivateFolder(confFolder);
  writeFileSync(join(confFolder, "config.yaml"), stringify(options.jobSettings ?? {}), { mode: 0o600 });
  // Name and value as separate arguments: the server cuts NAME=VALUE at the first space, which may be in a path.
  const args = [
    ...["--flink-master", options.flinkMaster],
    ...["--flink-conf-dir", confFolder],
    ...["--job-host", loopback],
    ...["--job-port", String(port)],
    ...["--artifact-port", String(await freePort())],
    ...["--artifacts-dir", join(environment.folder, "artifacts")],
    // Disabled: the server's built-in expansion service has no setting for EMBEDDED.
    "--expansion-port=-1",
  ];
  const mainClass = "org.apache.beam.runners.flink.FlinkJobServerDriver";
  return startService(environment, { name: "the Beam job server", mainClass, args, port }, options);
}

/** Provides KafkaIO to TypeScript. Needed only while a pipeline is built. */
export async function startExpansionService(
  options: ServiceOptions & { port?: number },
): Promise<BeamService> {
  const environment = await environmentOf(options, "beam-flink", "expansion-service");
  const port = await choosePort("the expansion service", options.port);
  makePrivateFolder(environment.folder);
  const staged = join(environment.folder, "empty.jar");
  writeFileSync(staged, emptyJar);
  const args = [
    String(port),
    // The Java half of KafkaIO runs inside Flink's JVM; the default requires Docker.
    "--defaultEnvironmentType=EMBEDDED",
    // Kafka is then read by a primitive that Flink checkpoints; a splittable function never is (apache/beam#20979).
    "--experiments=use_deprecated_read",
    // Replaces the whole class path, which Flink already has.
    `--filesToStage=${staged}`,
  ];
  const mainClass = "org.apache.beam.sdk.expansion.service.ExpansionService";
  return startService(environment, { name: "the expansion service", mainClass, args, port }, options);
}

/** A zip archive without entries: only its end record. */
const emptyJar = Buffer.concat([Buffer.from("PK\u0005\u0006"), Buffer.alloc(18)]);

interface ServiceSpec {
  name: string;
  mainClass: string;
  args: readonly string[];
  port: number;
  /** Default: the small heap of a service that only forwards jobs. */
  heapMb?: number;
  flags?: readonly string[];
}

/** Starts a Java service with a gRPC interface and waits until it answers. */
export async function startService(
  environment: Environment,
  service: ServiceSpec,
  options: ServiceOptions,
): Promise<BeamService> {
  const { name, port } = service;
  const file = name.replace("the ", "").replaceAll(" ", "-").toLowerCase();
  makePrivateFolder(environment.folder);
  const temporaryFolder = mkdtempSync(join(environment.folder, "tmp-"));
  const tidyUp = (): void => {
    forget();
    rmSync(temporaryFolder, { recursive: true, force: true });
  };
  const forget = atExit(tidyUp);
  const archive = ClassArchive.of(
    service.mainClass,
    environment,
    join(environment.folder, `${file}.classes`),
  );
  const starting = ManagedProcess.start(
    {
      name,
      command: jvmCommand({
        ...environment,
        temporaryFolder,
        heapMb,
        ...service,
        smallJvm: service.heapMb === undefined,
      }),
      archive,
      folder: environment.folder,
      logFile: environment.logFile(file),
      answers: () => grpcAnswers(port),
      readyWithinMs: environment.readyWithinMs,
    },
    options.signal,
  );
  const part = await starting.catch((error: unknown) => {
    tidyUp();
    throw error;
  });
  const stop = async (): Promise<void> => {
    await part.stop();
    // It may end before its record is used.
    archive?.keepRecord();
    tidyUp();
  };
  return { address: `${loopback}:${port}`, part, stop };
}
