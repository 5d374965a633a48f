/** An S3 server for trials and tests: S3Proxy, which stores objects in a folder and checks signatures. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { makePrivateFolder } from "../process/index.js";
import { jvmCommand } from "./java.js";
import { ManagedProcess } from "./managed-process.js";
import { environmentOf, type ServiceOptions } from "./options.js";
import { loopback } from "./ports.js";

interface S3ServerOptions extends ServiceOptions {
  /** Address to listen on; default the loopback. */
  host?: string;
  port: number;
  accessKeyId: string;
  secretAccessKey: string;
}

export async function startS3Proxy(options: S3ServerOptions): Promise<ManagedProcess> {
  const environment = await environmentOf(options, "s3-server", "s3-server");
  const { host = loopback, port } = options;
  const objects = join(environment.folder, "objects");
  for (const folder of [objects, environment.temporaryFolder]) makePrivateFolder(folder);
  const text = settings(options, `http://${host}:${port}`, objects);
  writeFileSync(join(environment.folder, "s3proxy.conf"), text, { mode: 0o600 });
  return ManagedProcess.start({
    name: "S3Proxy",
    command: jvmCommand({
      ...environment,
      mainClass: "org.gaul.s3proxy.Main",
      args: ["--properties", "s3proxy.conf"],
      heapMb: 256,
      smallJvm: true,
      // S3Proxy turns standard error into log lines, so its log must not be written there.
      flags: ["-Dorg.slf4j.simpleLogger.logFile=System.out"],
    }),
    folder: environment.folder,
    logFile: environment.logFile("s3-server"),
    answers: () =>
      fetch(`http://${loopback}:${port}`).then(
        () => true,
        () => false,
      ),
    readyWithinMs: environment.readyWithinMs,
  });
}

function settings(
  { accessKeyId, secretAccessKey }: S3ServerOptions,
  endpoint: string,
  folder: string,
): string {
  return `s3proxy.authorization=aws-v2-or-v4
s3proxy.endpoint=${endpoint}
s3proxy.identity=${accessKeyId}
s3proxy.credential=${secretAccessKey}
jclouds.provider=filesystem-nio2
jclouds.filesystem.basedir=${folder}
jclouds.identity=none
jclouds.credential=none
`;
}
