/** Objects uploaded in parts, whose ETag is not a checksum of the whole. */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { beforeAll, expect, it } from "vitest";
import {
  downloadPrefix,
  parseS3Address,
  type DownloadReport,
  type S3Object,
  type S3Store,
} from "../../../producer/index.js";
import { describeWithJava } from "../../services/with-java.js";
import { useBucket } from "./bucket.js";

const mib = 1 << 20;
/** Sizes of parts: unusual and not all equal; the first is consistent with the number of parts. */
const parts = [6 * mib + 3, 5 * mib + 1, 7].map((size, i) => Buffer.alloc(size, `part ${i}`));
const content = Buffer.concat(parts);
const md5 = (bytes: Uint8Array): Buffer => createHash("md5").update(bytes).digest();
const etag = `${md5(Buffer.concat(parts.map(md5))).toString("hex")}-${parts.length}`;
const address = parseS3Address("s3://telescope/parts.txt");

describeWithJava("an object in parts", () => {
  const telescope = useBucket();
  const path = (): string => join(telescope.folder, "parts.txt");

  beforeAll(() => telescope.server.put("telescope", "parts.txt", content));

  /** Replaces the ETag of the test server (always the MD5 of the whole object) with one computed from the parts, as other servers do. */
  const fetchParts = async (open?: () => Promise<Readable>): Promise<DownloadReport> => {
    const store = await telescope.open();
    const { value } = (await store.list(address).next()) as IteratorYieldResult<S3Object>;
    const others: Partial<S3Store> = {
      list: () => [{ ...value, etag }].values() as unknown as ReturnType<S3Store["list"]>,
      open:
        open === undefined
          ? (_, from, signal) => store.open(value, from, signal)
          : async () => ({ body: await open(), skip: 0, encoding: "" }),
    };
    const inParts = Object.assign(Object.create(store) as S3Store, others);
    return downloadPrefix({ store: inParts, address, folder: telescope.folder });
  };
  const reportSizes = (): void => {
    telescope.proxy.fault = ({ part }) =>
      part === 0 ? null : { kind: "part", bytes: parts[part - 1]?.length ?? 0, parts: parts.length };
  };
  const overwrite = (olderByMs: number): void => {
    const time = new Date(statSync(path()).mtimeMs - olderByMs);
    writeFileSync(path(), Buffer.alloc(content.length));
    utimesSync(path(), time, time);
  };

  it("is checked using the part sizes if the server reports them, and fetched again if the file differs", async () => {
    reportSizes();
    expect(await fetchParts()).toMatchObject({ kept: 0, sizeOnly: [] });
    expect(await fetchParts()).toMatchObject({ kept: 1, sizeOnly: [], fetchedBytes: 0 });
    overwrite(0);
    expect(await fetchParts()).toMatchObject({ kept: 0, sizeOnly: [], fetchedBytes: content.length });
    expect(readFileSync(path()).equals(content)).toBe(true);
  });

  it("is rejected when the download differs", async () => {
    reportSizes();
    const wrong = (): Promise<Readable> => Promise.resolve(Readable.from([Buffer.alloc(content.length)]));
    const { failed } = await fetchParts(wrong);
    expect(failed.map(({ message }) => message)).toEqual([
      expect.stringMatching(/two downloads did not match its ETag$/),
    ]);
    expect(readdirSync(telescope.folder)).toEqual([]);
  });

  it("is recognised only by its time if the sizes are unknown, and fetched again if the time differs", async () => {
    expect(await fetchParts()).toMatchObject({ kept: 0, sizeOnly: [path()] });
    expect(await fetchParts()).toMatchObject({ kept: 1, sizeOnly: [path()], fetchedBytes: 0 });
    overwrite(60_000);
    expect(await fetchParts()).toMatchObject({ kept: 0, fetchedBytes: content.length });
    expect(readFileSync(path()).equals(content)).toBe(true);
  });
});
