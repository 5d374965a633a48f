/** A real S3 server for tests: S3Proxy with a folder. It checks signatures and needs no container engine. */
import {
  CompleteMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import { freePort, loopback } from "../../../runners/services/index.js";
import { startS3Proxy } from "../../../runners/services/s3-server.js";

/** Access keys of the only user. */
export const testKeys = { accessKeyId: "test-access-key", secretAccessKey: "test-secret-0815" };

export interface S3Server {
  endpoint: string;
  makeBucket(bucket: string): Promise<void>;
  put(bucket: string, key: string, body: string | Uint8Array): Promise<void>;
  /** Uploads in parts, like tools for large files. */
  putParts(bucket: string, key: string, parts: readonly Uint8Array[]): Promise<void>;
  stop(): Promise<void>;
}

export async function startS3Server(stateFolder: string): Promise<S3Server> {
  const port = await freePort();
  const endpoint = `http://${loopback}:${port}`;
  const part = await startS3Proxy({ stateFolder, port, ...testKeys });
  return { endpoint, ...uploads(testClient(endpoint)), stop: () => part.stop() };
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

/** Functions that upload to any S3 server. */
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
