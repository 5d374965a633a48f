/** Reading a bucket of MinIO in a container, as in s3.test.ts; skipped if the image is not available. */
import { join } from "node:path";
import { GenericContainer, getContainerRuntimeClient, ImageName, Wait } from "testcontainers";
import { describe, expect, it } from "vitest";
import { downloadPrefix, parseS3Address } from "../../../producer/index.js";
import { messageOf, rows, useBucket } from "./bucket.js";
import { testClient, testKeys, uploads, type S3Server } from "./s3-server.js";

const image = "minio/minio:RELEASE.2025-09-07T16-13-09Z";
const port = 9000;

/** Reason to skip these tests; null if they can run. Not every network can reach the registry of the image. */
const missing = await getContainerRuntimeClient().then(
  (client) =>
    client.image.pull(ImageName.fromString(image)).then(
      () => null,
      () => "MinIO's image cannot be pulled",
    ),
  () => "no container engine",
);

async function startMinio(): Promise<S3Server> {
  const container = await new GenericContainer(image)
    .withCommand(["server", "/data"])
    .withEnvironment({
      MINIO_ROOT_USER: testKeys.accessKeyId,
      MINIO_ROOT_PASSWORD: testKeys.secretAccessKey,
    })
    .withExposedPorts(port)
    .withWaitStrategy(Wait.forHttp("/minio/health/ready", port))
    .start();
  const endpoint = `http://${container.getHost()}:${container.getMappedPort(port)}`;
  return { endpoint, ...uploads(testClient(endpoint)), stop: () => container.stop().then(() => undefined) };
}

const title = `a bucket of MinIO${missing === null ? "" : ` (skipped: ${missing})`}`;
describe.skipIf(missing !== null)(title, () => {
  const telescope = useBucket(startMinio);

  it("gives the rows of all objects in order", async () => {
    const wanted = rows(20_000, 100) + rows(0, 20_000) + rows(20_100, 5000) + rows(30_000, 10);
    expect(await telescope.contentOf("s3://telescope/run12/")).toBe(wanted);
  });

  it("resumes where the connection broke", async () => {
    let cuts = 0;
    telescope.proxy.fault = ({ key }) =>
      key.includes("data_000001") && (cuts += 1) <= 3 ? { kind: "cut", afterBytes: 100_000 } : null;
    expect(await telescope.contentOf("s3://telescope/run12/data_000001")).toBe(rows(0, 20_000));
  });

  it("is checked by the ETag of its parts", async () => {
    const parts = [Buffer.alloc(6 << 20, "a"), Buffer.alloc(1 << 20, "b")];
    await telescope.server.putParts("telescope", "parts.txt", parts);
    const address = parseS3Address("s3://telescope/parts.txt");
    const report = await downloadPrefix({
      store: await telescope.open(),
      address,
      folder: join(telescope.folder),
    });
    expect(report).toMatchObject({ objects: 1, bytes: 7 << 20, sizeOnly: [] });
  });

  it("reports errors", async () => {
    expect(await messageOf(telescope.contentOf("s3://nosuchbucket/x"))).toMatch(/no such bucket/);
    expect(await messageOf(telescope.contentOf("s3://telescope/x", { anonymous: true }))).toMatch(
      /requires credentials for it/,
    );
  });
});
