/** Servers whose responses differ from the request: everything is read, or an error gives the reason. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { runCli, type CliOutcome } from "../../cli/run-cli.js";
import { scratchFolder } from "../../helpers/scratch.js";
import { startOddServer, type ListOddity, type OddServer } from "./odd-server.js";

const scratch = scratchFolder();
const row = (orbit: number): string => `2,0,1,${orbit},5,5\n`;
const three = { "r/a.txt": row(7), "r/b.txt": row(8), "r/c.txt": row(9) };
let server: OddServer;
let folder = "";

beforeAll(async () => {
  process.env["AWS_EC2_METADATA_DISABLED"] = "true";
  server = await startOddServer();
});
afterAll(() => server.close());
beforeEach(() => {
  folder = scratch.folder("run");
  Object.assign(server, { list: "token", lists: 0, get: () => null });
});

function put(objects: Record<string, string | Buffer>): void {
  server.objects = new Map(Object.entries(objects).map(([key, body]) => [key, { body: Buffer.from(body) }]));
}

const access = (): string[] => ["--input", "s3://bkt/r/", "--s3-endpoint", server.endpoint, "--s3-anonymous"];

interface Processed extends CliOutcome {
  summary: { rows: number; malformed: number; unreadable?: string[] } | null;
}

async function processBucket(): Promise<Processed> {
  const args = [
    "process",
    ...access(),
    "--output",
    "out",
    "--summary",
    "sum",
    "--state-dir",
    join(scratch.path, "state"),
  ];
  const outcome = await runCli(args, { folder });
  const summary = join(folder, "sum");
  return {
    ...outcome,
    summary: existsSync(summary) ? (JSON.parse(readFileSync(summary, "utf8")) as Processed["summary"]) : null,
  };
}

const fetchBucket = (): Promise<CliOutcome> => runCli(["fetch", ...access(), "--output", "data"], { folder });

describe("a list of objects", () => {
  it.each<ListOddity>([
    "token",
    "no token",
    "v1",
    "empty pages",
    "repeated page",
    "backwards",
    "silent",
    "needless token",
  ])("is read completely: %s", async (list) => {
    put(three);
    server.list = list;
    const { code, summary } = await processBucket();
    expect([code, summary?.rows]).toEqual([0, 3]);
    expect(server.lists).toBeLessThan(12);
  });

  it.each<[ListOddity, string]>([
    ["same token", "returned a truncated list of 1 objects that cannot be continued"],
    ["endless empty pages", "returned a truncated list of 0 objects that cannot be continued"],
    ["wrong count", "its list of objects is truncated"],
    ["other keys", "returned a list of other objects than requested"],
    ["no size", "returned a list of objects without some keys or sizes"],
  ])("is an error with its reason: %s", async (list, reason) => {
    put(three);
    server.list = list;
    for (const { code, stderr } of [await processBucket(), await fetchBucket()]) {
      expect([code, stderr.trimEnd().split("\n").at(-1)]).toEqual([1, expect.stringContaining(reason)]);
    }
    expect(existsSync(join(folder, "out"))).toBe(false);
  });
});

describe("the bytes of an object", () => {
  const body = Buffer.from(Array.from({ length: 5000 }, (_, i) => row(i)).join(""));
  const range = (from: number, to: number, total = body.length): Record<string, string> => ({
    "content-range": `bytes ${from}-${to - 1}/${total}`,
  });
  const part = (from: number, to: number, total?: number): ReturnType<OddServer["get"]> => ({
    status: 206,
    body: body.subarray(from, to),
    headers: range(from, to, total),
  });
  const changed = "has changed since it was listed";

  it.each<[string, OddServer["get"]]>([
    [
      "can arrive in shorter ranges than requested",
      (from) => part(from, Math.min(from + 30_000, body.length)),
    ],
    ["can arrive completely instead of a range", (from) => (from === 0 ? part(0, 30_000) : null)],
    ["can arrive in a range from the start", (from) => (from === 0 ? part(0, 30_000) : part(0, body.length))],
  ])("%s", async (_, get) => {
    put({ "r/a.txt": body });
    server.get = get;
    const { code, summary } = await processBucket();
    expect([code, summary]).toEqual([0, expect.objectContaining({ rows: 5000, malformed: 0 })]);
  });

  it.each<[string, OddServer["get"], string]>([
    [
      "another range",
      (from) => (from === 0 ? part(0, 30_000) : part(from + 7, body.length)),
      "answered with bytes from 30007 instead of 30000",
    ],
    [
      "an invalid range",
      () => ({ status: 206, body, headers: { "content-range": "rows 1-2" } }),
      "an invalid range",
    ],
    ["another size in the range", () => part(0, 30_000, 40_000), changed],
    ["more bytes", () => ({ status: 200, body: Buffer.concat([body, body]) }), changed],
    ["another ETag", () => ({ status: 200, body, headers: { etag: '"0"' } }), changed],
  ])("with %s are rejected and reported; other objects are read", async (_, get, reason) => {
    put({ "r/a.txt": body, "r/b.txt": row(1) });
    server.get = (from, asked) => (asked.length === body.length ? get(from, asked) : null);
    const { code, stderr, summary } = await processBucket();
    expect(code).toBe(1);
    expect(stderr).toContain(`s3://bkt/r/a.txt: `);
    expect(stderr).toContain(reason);
    expect(summary).toMatchObject({ rows: 1, unreadable: ["s3://bkt/r/a.txt"] });
  });
});

describe("an unavailable object", () => {
  it("is reported, and the other objects are read and fetched", async () => {
    put({
      "r/": "",
      "r/dir_$folder$": "",
      "r/sub": "",
      "r/sub/d.txt": row(1),
      "r//e.txt": row(2),
      "r/../f.txt": row(3),
      [`r/${"n".repeat(300)}`]: row(4),
      "r/old.txt": row(5),
      "r/g.txt": row(6),
    });
    server.objects.get("r/old.txt")!.error = [403, "InvalidObjectState"];
    const { code, stderr, summary } = await processBucket();
    const names = ["r/../f.txt", "r//e.txt", `r/${"n".repeat(300)}`, "r/old.txt", "r/sub"].map(
      (key) => `s3://bkt/${key}`,
    );
    expect([code, summary?.rows]).toEqual([1, 2]);
    expect(summary?.unreadable?.toSorted()).toEqual(names.toSorted());
    expect(stderr).toContain(
      "s3://bkt/r/old.txt: the object is archived (storage class GLACIER or similar): restore it first",
    );
    expect(stderr).not.toContain("credentials");
    const fetched = await fetchBucket();
    expect(fetched.code).toBe(1);
    for (const name of names) expect(fetched.stderr).toContain(`${name}: `);
    expect(fetched.stderr).toContain("5 not fetched");
    expect(readdirSync(join(folder, "data"), { recursive: true }).sort()).toEqual([
      "dir_$folder$",
      "g.txt",
      "sub",
      "sub/d.txt",
    ]);
  });
});

describe("an object with a content-encoding", () => {
  const packed = gzipSync(row(1) + row(2));

  it.each(["gzip", "x-gzip", "aws-chunked,gzip", "GZIP"])(
    "%s is decompressed, and its name shows this",
    async (encoding) => {
      put({ "r/a.txt": packed, "r/b.txt": row(3), "r/c.txt.gz": packed });
      for (const key of ["r/a.txt", "r/c.txt.gz"])
        server.objects.get(key)!.headers = { "content-encoding": encoding };
      expect(await processBucket()).toMatchObject({ code: 0, summary: { rows: 5, malformed: 0 } });
      for (const words of ["3 fetched, 0 already present", "0 fetched, 3 already present"])
        expect((await fetchBucket()).stderr).toContain(words);
      expect(readdirSync(join(folder, "data")).sort()).toEqual(["a.txt.gz", "b.txt", "c.txt.gz"]);
    },
  );

  it("of another kind is refused and reported", async () => {
    put({ "r/a.txt": packed, "r/b.txt": row(3) });
    server.objects.get("r/a.txt")!.headers = { "content-encoding": "br" };
    const { code, stderr, summary } = await processBucket();
    expect([code, summary]).toEqual([
      1,
      expect.objectContaining({ rows: 1, unreadable: ["s3://bkt/r/a.txt"] }),
    ]);
    expect(stderr).toContain("s3://bkt/r/a.txt: content-encoding br is not supported, only gzip is");
  });
});
