/** Downloading a bucket to a folder: parallel, resumable and with checksums. */
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, readdirSync, truncateSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, it } from "vitest";
import {
  downloadPrefix,
  parseS3Address,
  type DownloadReport,
  type S3Access,
  type S3Object,
  type S3Store,
} from "../../../producer/index.js";
import { describeWithJava } from "../../services/with-java.js";
import { messageOf, rows, useBucket } from "./bucket.js";

describeWithJava("a bucket's download", () => {
  const telescope = useBucket();
  const fetchAll = async (
    more: { parallel?: number; access?: Partial<S3Access>; signal?: AbortSignal } = {},
  ): Promise<DownloadReport> => {
    const { access = {}, ...rest } = more;
    const address = parseS3Address("s3://telescope/run12/");
    return downloadPrefix({
      store: await telescope.open(access),
      address,
      folder: telescope.folder,
      ...rest,
    });
  };
  const md5 = (path: string): string => createHash("md5").update(readFileSync(path)).digest("hex");

  it("is downloaded to the folder `telescope.folder`; existing files are kept", async () => {
    const report = await fetchAll();
    expect(report).toMatchObject({ objects: 4, totalObjects: 4, kept: 0, sizeOnly: [] });
    expect(report.bytes).toBe(report.totalBytes);
    expect(readdirSync(telescope.folder).sort()).toEqual([
      "data_000000.txt",
      "data_000001.txt",
      "data_000002.txt.gz",
      "deep",
    ]);
    expect(md5(join(telescope.folder, "data_000000.txt"))).toBe(
      createHash("md5").update(rows(20_000, 100)).digest("hex"),
    );
    telescope.proxy.asked.length = 0;
    expect(await fetchAll()).toMatchObject({ kept: 4, fetchedBytes: 0 });
    expect(telescope.getsOf("data_")).toEqual([]);
  });

  it("is resumed by range after an interruption", async () => {
    const interruption = new AbortController();
    telescope.proxy.fault = ({ key }) => {
      if (!key.includes("data_000001")) return null;
      setTimeout(() => interruption.abort(), 50);
      return { kind: "silence", afterBytes: 200_000 };
    };
    await expect(
      fetchAll({ signal: interruption.signal, parallel: 1, access: { silenceMs: 20_000 } }),
    ).rejects.toThrow();
    const [half] = readdirSync(telescope.folder).filter((name) => name.endsWith(".part"));
    expect(half).toMatch(/^\.data_000001\.txt\.[0-9a-f]{32}\.part$/);
    telescope.proxy.fault = () => null;
    telescope.proxy.asked.length = 0;
    const report = await fetchAll();
    expect(telescope.getsOf("data_000001").map(({ range }) => range)).toEqual([
      expect.stringMatching(/^bytes=[1-9]\d*-$/),
    ]);
    expect(report.bytes).toBe(report.totalBytes);
    expect(readdirSync(telescope.folder).filter((name) => name.endsWith(".part"))).toEqual([]);
  });

  it("is fetched again if a file differs", async () => {
    await fetchAll();
    const path = join(telescope.folder, "data_000000.txt");
    const good = md5(path);
    const bytes = readFileSync(path);
    bytes[7] = 57;
    writeFileSync(path, bytes);
    truncateSync(join(telescope.folder, "data_000001.txt"), 10);
    mkdirSync(join(telescope.folder, "mine"));
    expect(await fetchAll()).toMatchObject({ kept: 2, objects: 4 });
    expect(md5(path)).toBe(good);
  });

  it("is discarded if half of it is from another version of the object", async () => {
    writeFileSync(join(telescope.folder, `.data_000000.txt.${"0".repeat(32)}.part`), "old");
    await fetchAll();
    expect(md5(join(telescope.folder, "data_000000.txt"))).toBe(
      createHash("md5").update(rows(20_000, 100)).digest("hex"),
    );
    expect(readdirSync(telescope.folder).filter((name) => name.startsWith("."))).toEqual([]);
  });

  it("is rejected when the download does not match its ETag", async () => {
    const address = parseS3Address("s3://telescope/run12/data_000000");
    const store = await telescope.open();
    const { value } = (await store.list(address).next()) as IteratorYieldResult<S3Object>;
    const damaged = { ...value, etag: "0".repeat(32) };
    const lying = Object.assign(Object.create(store) as S3Store, { list: () => [damaged].values() });
    telescope.proxy.fault = ({ key }) =>
      key.includes("data_000000") ? { kind: "etag", etag: `"${damaged.etag}"` } : null;
    const { failed } = await downloadPrefix({ store: lying, address, folder: telescope.folder });
    expect(failed).toHaveLength(1);
    expect(failed[0]!.message).toMatch(/two downloads did not match its ETag|has changed/);
    expect(readdirSync(telescope.folder).filter((name) => !name.startsWith("."))).toEqual([]);
  });

  it("can contain empty objects", async () => {
    const report = await downloadPrefix({
      store: await telescope.open(),
      address: parseS3Address("s3://telescope/empty"),
      folder: telescope.folder,
    });
    expect(report).toMatchObject({ objects: 1, bytes: 0 });
    expect(readFileSync(join(telescope.folder, "empty.txt"))).toHaveLength(0);
  });

  it("keeps the partial download of an object whose name begins with that of another", async () => {
    await telescope.server.put("telescope", "pair/data.txt", "rows");
    const half = `.data.txt.gz.${"0".repeat(32)}.part`;
    writeFileSync(join(telescope.folder, half), "half");
    await downloadPrefix({
      store: await telescope.open(),
      address: parseS3Address("s3://telescope/pair/"),
      folder: telescope.folder,
    });
    expect(readdirSync(telescope.folder).sort()).toEqual([half, "data.txt"]);
  });

  it.each([
    [
      "a file in the place of a folder",
      "deep",
      "deep: cannot be written: a file exists where a folder is needed",
    ],
    [
      "a folder in the place of a file",
      "data_000000.txt/x",
      "data_000000.txt: cannot be written: a folder exists where a file is needed",
    ],
  ])("reports in one line that there is %s", async (_, name, words) => {
    mkdirSync(dirname(join(telescope.folder, name)), { recursive: true });
    writeFileSync(join(telescope.folder, name), "mine");
    const { failed, objects } = await fetchAll();
    expect(objects).toBe(3);
    expect(failed.map(({ message }) => message)).toEqual([
      expect.stringMatching(/^s3:\/\/telescope\/run12\/\S+: /),
    ]);
    expect(failed[0]!.message).toContain(`: ${join(telescope.folder, words)}`);
  });

  it("reports in one line that there is a file in the place of its folder", async () => {
    const folder = join(telescope.folder, "file");
    writeFileSync(folder, "mine");
    const work = downloadPrefix({
      store: await telescope.open(),
      address: parseS3Address("s3://telescope/run12/"),
      folder,
    });
    expect(await messageOf(work)).toBe(
      `${folder}: cannot be written: a file exists where a folder is needed`,
    );
  });
});
