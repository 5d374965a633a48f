/** Reading buckets of a real S3 server through a proxy that breaks, delays and denies requests. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { createStreamSource, parseS3Address, s3Inputs, type S3Access } from "../../../producer/index.js";
import { describeWithJava } from "../../services/with-java.js";
import { bucket, header, messageOf, rows, useBucket } from "./bucket.js";
import { s3Error } from "./fault-proxy.js";
import { testKeys } from "./s3-server.js";

describeWithJava("a bucket", () => {
  const telescope = useBucket();

  it("gives the rows of all objects under a prefix in the order of their keys, with or without gzip and header", async () => {
    const wanted = rows(20_000, 100) + rows(0, 20_000) + rows(20_100, 5000) + rows(30_000, 10);
    expect(await telescope.contentOf("s3://telescope/run12/")).toBe(wanted);
    expect(await telescope.contentOf("s3://telescope/run12/data_000000")).toBe(rows(20_000, 100));
  });

  it("is listed page by page", async () => {
    const listed: string[] = [];
    for await (const { key } of (await telescope.open({ pageKeys: 2 })).list({ bucket, prefix: "run12/" }))
      listed.push(key);
    expect(listed).toEqual(
      ["0.txt", "1.txt", "2.txt.gz"].map((end) => `run12/data_00000${end}`).concat("run12/deep/more.txt"),
    );
    expect(telescope.proxy.asked).toHaveLength(2);
  });

  it("is listed completely even if the connection breaks within a list", async () => {
    let cuts = 0;
    telescope.proxy.fault = ({ key }) =>
      key === "" && (cuts += 1) <= 2 ? { kind: "cut", afterBytes: 200 } : null;
    expect(await telescope.contentOf("s3://telescope/run12/data_000000")).toBe(rows(20_000, 100));
    expect(cuts).toBe(3);
  });

  it("resumes where the connection broke, by range and only if the object is unchanged", async () => {
    let cuts = 0;
    telescope.proxy.fault = ({ key }) =>
      key.includes("data_000001") && (cuts += 1) <= 3 ? { kind: "cut", afterBytes: 100_000 } : null;
    expect(await telescope.contentOf("s3://telescope/run12/data_000001")).toBe(rows(0, 20_000));
    const ranges = telescope.getsOf("data_000001").map(({ range }) => range);
    expect(ranges).toHaveLength(4);
    expect(ranges.slice(1).every((range) => /^bytes=\d+-$/.test(range ?? ""))).toBe(true);
  });

  it("resumes in the middle of gzip data", async () => {
    let cuts = 0;
    telescope.proxy.fault = ({ key }) =>
      key.includes(".gz") && (cuts += 1) <= 2 ? { kind: "cut", afterBytes: 5000 } : null;
    expect(await telescope.contentOf("s3://telescope/run12/data_000002")).toBe(rows(20_100, 5000));
    expect(telescope.getsOf(".gz").length).toBeGreaterThan(1);
  });

  it("resumes after the server hangs", async () => {
    let silences = 0;
    telescope.proxy.fault = ({ key }) =>
      key.includes("data_000001") && (silences += 1) <= 1 ? { kind: "silence", afterBytes: 50_000 } : null;
    expect(await telescope.contentOf("s3://telescope/run12/data_000001", { silenceMs: 1500 })).toBe(
      rows(0, 20_000),
    );
  });

  it("is read even if the server is busy for a while", async () => {
    let busy = 0;
    telescope.proxy.fault = () => ((busy += 1) % 3 === 0 ? null : s3Error(503, "SlowDown"));
    expect(await telescope.contentOf("s3://telescope/run12/data_000000")).toBe(rows(20_000, 100));
  });

  it("gives a one-line error if the connection keeps breaking", async () => {
    telescope.proxy.fault = ({ key }) =>
      key.includes("data_000000") ? { kind: "cut", afterBytes: 0 } : null;
    const message = await messageOf(telescope.contentOf("s3://telescope/run12/data_000000"));
    expect(message).toMatch(
      /^s3:\/\/telescope\/run12\/data_000000\.txt: given up at byte 0 of \d+ after 6 tries: /,
    );
  });

  it("never gives a mix of two versions of an object", async () => {
    await telescope.server.put(bucket, "changing.txt", rows(0, 20_000));
    telescope.proxy.fault = ({ key, range }) => {
      if (!key.includes("changing.txt") || range !== undefined) return null;
      return { kind: "cut", afterBytes: 100_000 };
    };
    const store = await telescope.open();
    const inputs = await s3Inputs(store, parseS3Address("s3://telescope/changing.txt"));
    await telescope.server.put(bucket, "changing.txt", rows(1, 20_000));
    const source = createStreamSource({ inputs });
    expect(await messageOf(Promise.resolve(source.next(10)))).toBe(
      "s3://telescope/changing.txt: has changed since it was listed: read it again from the beginning",
    );
  });

  it("resumes even if the server ignores conditions and ranges, without mixing versions", async () => {
    const answers = (size: number): void => {
      let first = true;
      telescope.proxy.fault = ({ key }) => {
        if (!key.includes("data_000001")) return null;
        const whole = { kind: "status" as const, status: 200, body: header + rows(0, size) };
        const fault = first ? { kind: "cut" as const, afterBytes: 100_000 } : whole;
        first = false;
        return fault;
      };
    };
    answers(20_000);
    expect(await telescope.contentOf("s3://telescope/run12/data_000001")).toBe(rows(0, 20_000));
    answers(20_001);
    expect(await messageOf(telescope.contentOf("s3://telescope/run12/data_000001"))).toMatch(
      /has changed since it was listed/,
    );
  });

  it("gives errors in one line, without secrets", async () => {
    const wrong = join(telescope.folder, "wrong.json");
    writeFileSync(
      wrong,
      JSON.stringify({ AccessKeyId: testKeys.accessKeyId, SecretAccessKey: "sEcReT-wrong" }),
    );
    const unknown = join(telescope.folder, "unknown.json");
    writeFileSync(
      unknown,
      JSON.stringify({ Credentials: { accessKey: "nobody-knows", secretKey: "sEcReT-other" } }),
    );
    const cases: [string, Partial<S3Access>, RegExp][] = [
      ["s3://nosuchbucket/x", {}, /^s3:\/\/nosuchbucket\/x: no such bucket at http:/],
      ["s3://telescope/nosuch", {}, /^s3:\/\/telescope\/nosuch: no object has this name or prefix$/],
      ["s3://telescope/run12", { anonymous: true }, /requires credentials for it: /],
      [
        "s3://telescope/run12",
        { credentialsFile: wrong },
        /the secret key does not match the access key .*wrong\.json/,
      ],
      ["s3://telescope/run12", { credentialsFile: unknown }, /does not know the access key .*unknown\.json/],
      [
        "s3://telescope/run12",
        { endpoint: "http://127.0.0.1:1" },
        /^http:\/\/127\.0\.0\.1:1 cannot be reached: connection refused$/,
      ],
    ];
    for (const [address, access, pattern] of cases) {
      const message = await messageOf(telescope.contentOf(address, access));
      expect(message).toMatch(pattern);
      expect(message).not.toMatch(/\n|sEcReT|test-secret|nobody-knows/);
    }
  });

  it("gives one line if access is denied, or if the endpoint is not an S3 server", async () => {
    telescope.proxy.fault = () => s3Error(403, "AccessDenied");
    expect(await messageOf(telescope.contentOf("s3://telescope/run12"))).toMatch(
      /denies access: these credentials do not permit reading it/,
    );
    telescope.proxy.fault = () => ({
      kind: "status",
      status: 200,
      body: "<html>hello</html>",
      type: "text/html",
    });
    expect(await messageOf(telescope.contentOf("s3://telescope/run12"))).toMatch(
      /is it the right endpoint\?$/,
    );
    telescope.proxy.fault = () => ({ kind: "status", status: 404, body: "Not Found", type: "text/plain" });
    expect(await messageOf(telescope.contentOf("s3://telescope/run12"))).toMatch(
      /is it the right endpoint\?$/,
    );
    telescope.proxy.fault = () => s3Error(503, "SlowDown");
    expect(await messageOf(telescope.contentOf("s3://telescope/run12"))).toMatch(
      /cannot serve .* now: 503 SlowDown/,
    );
  });
});
