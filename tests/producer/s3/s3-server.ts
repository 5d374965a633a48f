/** A real S3 server for tests: S3Proxy on a folder, with signatures checked. Runs without a container engine. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  CompleteMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import { freePort, loopback, ManagedProcess } from "../../../runners/services/index.js";
import { jvmCommand } from "../../../runners/services/java.js";
import { environmentOf } from "../../../runners/services/options.js";

/** Keys of the one user. */
export const testKeys = { accessKeyId: "test-access-key", secretAccessKey: "test-secret-0815" };

export interface S3Server {
  endpoint: string;
  makeBucket(bucket: string): Promise<void>;
  put(bucket: string, key: string, body: string | Uint8Array): Promise<void>;
  /** Uploads in parts, as tools do with large files. */
  putParts(bucket: string, key: string, parts: readonly Uint8Array[]): Promise<void>;
  stop(): Promise<void>;
}

export async function startS3Server(stateFolder: string): Promise<S3Server> {
  const around = await environmentOf({ stateFolder }, "s3-server", "s3-server");
  const endpoint = `http://${loopback}:${await freePort()}`;
  mkdirSync(join(around.folder, "objects"), { recursive: true });
  mkdirSync(around.temporaryFolder, { recursive: true });
  writeFileSync(join(around.folder, "s3proxy.conf"), settings(endpoint, join(around.folder, "objects")));
  const part = await ManagedProcess.start({
    name: "S3Proxy",
    command: jvmCommand({
      ...around,
      mainClass: "org.gaul.s3proxy.Main",
      args: ["--properties", "s3proxy.conf"],
      heapMb: 256,
      smallJvm: true,
      // It turns standard error into log lines, so these must not go there.
      flags: ["-Dorg.slf4j.simpleLogger.logFile=System.out"],
    }),
    folder: around.folder,
    logFile: around.logFile("s3-server"),
    answers: () => answers(endpoint),
    readyWithinMs: 60_000,
  });
  return { endpoint, ...uploads(testClient(endpoint)), stop: () => part.stop() };
}

function settings(endpoint: string, folder: string): string {
  return `s3proxy.authorization=aws-v2-or-v4
s3proxy.endpoint=${endpoint}
s3proxy.identity=${testKeys.accessKeyId}
s3proxy.credential=${testKeys.secretAccessKey}
jclouds.provider=filesystem-nio2
jclouds.filesystem.basedir=${folder}
jclouds.identity=none
jclouds.credential=none
`;
}

async function answers(endpoint: string): Promise<boolean> {
  return fetch(endpoint).then(
    () => true,
    () => false,
  );
}

export function testClient(endpoint: string): S3Client {
  process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] = "true";
  return new S3Client({
    endpoint,
    region: "us-east-1",
    forcePathStyle: true,
    credentials: testKeys,
    requestChecksumCalculation: "WHEN_REQUIRED",
  });
}

/** Filling a server, whichever it is. */
export function uploads(client: S3Client): Pick<S3Server, "makeBucket" | "put" | "putParts"> {
  return {
    makeBucket: async (bucket) => {
      await client.send(new CreateBucketCommand({ Bucket: bucket }));
    },
    put: async (bucket, key, body) => {
      await client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: Buffer.from(body) }));
    },
    putParts: async (bucket, key, parts) => {
      const where = { Bucket: bucket, Key: key };
      const { UploadId } = await client.send(new CreateMultipartUploadCommand(where));
      const done: { ETag?: string; PartNumber: number }[] = [];
      for (const [i, Body] of parts.entries()) {
        const part = { ...where, UploadId, PartNumber: i + 1, Body };
        const { ETag } = await client.send(new UploadPartCommand(part));
        done.push({ PartNumber: i + 1, ...(ETag === undefined ? {} : { ETag }) });
      }
      await client.send(
        new CompleteMultipartUploadCommand({ ...where, UploadId, MultipartUpload: { Parts: done } }),
      );
    },
  };
}
