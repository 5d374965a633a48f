/** A bucket with objects for the tests of a file: a real server, and a proxy in front of it that injects faults. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, afterEach, beforeAll, beforeEach } from "vitest";
import {
  createStreamSource,
  openStore,
  parseS3Address,
  s3Inputs,
  type S3Access,
  type S3Store,
} from "../../../producer/index.js";
import { temporaryState } from "../../services/with-java.js";
import { startFaultProxy, type Asked, type FaultProxy } from "./fault-proxy.js";
import { startS3Server, testKeys, type S3Server } from "./s3-server.js";

export const bucket = "telescope";
export const header = "HEAD,FPGA,TDC_CHANNEL,ORBIT_CNT,BX_COUNTER,TDC_MEAS\n";
const line = (n: number): string => `2,0,${n % 64},${3_387_315_000 + n},${n % 3564},7\n`;

/** CSV rows whose orbit is the row's number. */
export const rows = (first: number, count: number): string =>
  Array.from({ length: count }, (_, i) => line(first + i)).join("");

class TestBucket {
  server!: S3Server;
  proxy!: FaultProxy;
  credentialsFile!: string;
  /** Temporary folder of the current test. */
  folder!: string;
  private readonly stores: S3Store[] = [];

  async start(state: string, startServer: (state: string) => Promise<S3Server>): Promise<void> {
    // Without this, the SDK would ask the metadata service of AWS for credentials.
    process.env["AWS_EC2_METADATA_DISABLED"] = "true";
    this.server = await startServer(state);
    this.proxy = await startFaultProxy(this.server.endpoint);
    this.credentialsFile = join(state, "keys.json");
    const { accessKeyId, secretAccessKey } = testKeys;
    const keys = { access_key: accessKeyId, secret_key: secretAccessKey };
    writeFileSync(this.credentialsFile, JSON.stringify(keys));
    await this.server.makeBucket(bucket);
    await this.server.put(bucket, "run12/data_000001.txt", header + rows(0, 20_000));
    await this.server.put(bucket, "run12/data_000000.txt", rows(20_000, 100));
    await this.server.put(bucket, "run12/data_000002.txt.gz", gzipSync(rows(20_100, 5000)));
    await this.server.put(bucket, "run12/deep/more.txt", rows(30_000, 10));
    await this.server.put(bucket, "other/data.txt", rows(0, 1));
    await this.server.put(bucket, "empty.txt", "");
  }

  async stop(): Promise<void> {
    await this.proxy.close();
    await this.server.stop();
  }

  beforeTest(): void {
    this.proxy.fault = () => null;
    this.proxy.asked.length = 0;
    this.folder = mkdtempSync(join(tmpdir(), "muonitor-s3-"));
  }

  afterTest(): void {
    this.stores.splice(0).forEach((store) => store.close());
    rmSync(this.folder, { recursive: true, force: true });
  }

  async open(access: Partial<S3Access> = {}): Promise<S3Store> {
    const { proxy, credentialsFile } = this;
    const quick = { silenceMs: 5000, firstPauseMs: 5 };
    const store = await openStore({ endpoint: proxy.endpoint, credentialsFile, ...quick, ...access });
    this.stores.push(store);
    return store;
  }

  /** The rows of all objects under a prefix, as read by the producer. */
  async contentOf(address: string, access: Partial<S3Access> = {}): Promise<string> {
    const inputs = await s3Inputs(await this.open(access), parseS3Address(address));
    const source = createStreamSource({ inputs });
    const blocks: Uint8Array[] = [];
    for (let block = await source.next(1000); block !== null; block = await source.next(1000))
      blocks.push(block.bytes);
    return Buffer.concat(blocks).toString();
  }

  getsOf(part: string): Asked[] {
    return this.proxy.asked.filter(({ key }) => key.includes(part));
  }
}

/** One bucket for all tests of a file. */
export function useBucket(startServer = startS3Server): TestBucket {
  const state = temporaryState();
  const made = new TestBucket();
  beforeAll(() => made.start(state, startServer), 300_000);
  afterAll(() => made.stop());
  beforeEach(() => made.beforeTest());
  afterEach(() => made.afterTest());
  return made;
}

/** The error message of failing work. */
export function messageOf(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => "no error",
    (error: unknown) => (error as Error).message,
  );
}
