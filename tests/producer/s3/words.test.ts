/** Functions that need no server: addresses, credentials in files, ETags, file names. */
import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { checkEndpoint } from "../../../producer/s3/access.js";
import { parseS3Address } from "../../../producer/s3/address.js";
import { readCredentialsFile } from "../../../producer/s3/credentials-file.js";
import { nameOf } from "../../../producer/s3/download.js";
import { compareWithEtag, etagOfFile, partSizes } from "../../../producer/s3/etag.js";
import { temporaryState } from "../../services/with-java.js";

const folder = temporaryState();
const mib = 1 << 20;

function file(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

describe("an address", () => {
  it("is a bucket with or without a prefix", () => {
    expect(parseS3Address("s3://minidt")).toEqual({ bucket: "minidt", prefix: "" });
    expect(parseS3Address("s3://minidt/run 12/data_")).toEqual({ bucket: "minidt", prefix: "run 12/data_" });
  });

  it.each(["s3://", "s3:///x", "s3://a", "http://x/y", "s3://-x"])("cannot be %s", (text) => {
    expect(() => parseS3Address(text)).toThrow("must be s3://BUCKET or s3://BUCKET/PREFIX");
  });

  it("must have no password in its endpoint; the error does not repeat it", () => {
    expect(checkEndpoint("https://s3.example.org:8080")).toBe("https://s3.example.org:8080");
    for (const wrong of ["https://me:hunter2@s3.example.org", "hunter2", "ftp://x"]) {
      expect(() => checkEndpoint(wrong)).toThrow(/^the S3 endpoint must (?!.*hunter2)/);
    }
  });
});

describe("a file with credentials", () => {
  it.each([
    ["CloudVeneto", { access_key: "A", secret_key: "S" }],
    ["AWS", { AccessKeyId: "A", SecretAccessKey: "S" }],
    ["AWS, an assumed role", { Credentials: { AccessKeyId: "A", SecretAccessKey: "S" } }],
    ["AWS, a new key", { AccessKey: { UserName: "me", AccessKeyId: "A", SecretAccessKey: "S" } }],
    ["boto", { aws_access_key_id: "A", aws_secret_access_key: "S" }],
    ["MinIO", { url: "http://x/api", accessKey: "A", secretKey: "S", api: "s3v4", path: "auto" }],
    ["OpenStack", { access: "A", secret: "S", project_id: "p", trust_id: null }],
    ["OpenStack, a list", [{ Access: "A", Secret: "S" }]],
  ])("is read in the format of %s", (name, content) => {
    const path = file(`${name}.json`, `\uFEFF${JSON.stringify(content)}`);
    expect(readCredentialsFile(path)).toEqual({ accessKeyId: "A", secretAccessKey: "S" });
  });

  it("can contain endpoint, region and token", () => {
    const content = {
      access_key: "A",
      secret_key: "S",
      endpoint_url: "http://x",
      region: "r",
      SessionToken: "t",
    };
    expect(readCredentialsFile(file("more.json", JSON.stringify(content)))).toEqual({
      accessKeyId: "A",
      secretAccessKey: "S",
      endpoint: "http://x",
      region: "r",
      sessionToken: "t",
    });
  });

  it("is refused in one line that names the missing key and contains no value", () => {
    const cases: [string, RegExp][] = [
      ['{"access_key": "hunter2"}', /: no "secret_key" in it/],
      ['{"secret_key": "hunter2"}', /: no "access_key" in it/],
      ['{"secret_key": "hunter2"', /: is not JSON/],
      ["hunter2", /: is not JSON/],
      ['"hunter2"', /: must contain a JSON object/],
    ];
    for (const [content, pattern] of cases) {
      const path = file("wrong.json", content);
      expect(() => readCredentialsFile(path)).toThrow(pattern);
      expect(() => readCredentialsFile(path)).not.toThrow(/hunter2|\n/);
    }
    expect(() => readCredentialsFile(join(folder, "none.json"))).toThrow("no such file with credentials");
  });
});

describe("an ETag", () => {
  const content = Buffer.from(Array.from({ length: 11 * mib + 5 }, (_, i) => (i * 31 + (i >> 13)) & 255));
  const path = file("object", content);
  const md5 = (bytes: Uint8Array): Buffer => createHash("md5").update(bytes).digest();
  const ofParts = (bytes: number): string => {
    const parts: Buffer[] = [];
    for (let at = 0; at < content.length; at += bytes) parts.push(md5(content.subarray(at, at + bytes)));
    return `${md5(Buffer.concat(parts)).toString("hex")}-${parts.length}`;
  };

  it("is the MD5 of the content, or of the MD5s of its parts", async () => {
    expect(await etagOfFile(path, null)).toBe(md5(content).toString("hex"));
    expect(await etagOfFile(path, 5 * mib)).toBe(ofParts(5 * mib));
    expect(await etagOfFile(path, content.length)).toBe(`${md5(md5(content)).toString("hex")}-1`);
    expect(await etagOfFile(file("nothing", ""), null)).toBe("d41d8cd98f00b204e9800998ecf8427e");
  });

  it.each([
    ["in one piece", (): string => md5(content).toString("hex"), null, "same"],
    ["of another content", (): string => "0".repeat(32), null, "different"],
    ["of usual parts", (): string => ofParts(8 * mib), null, "same"],
    ["of parts of a size that the server reports", (): string => ofParts(7 * mib + 1), 7 * mib + 1, "same"],
    ["of parts of unknown size", (): string => ofParts(7 * mib + 1), null, "unknown"],
    ["that is no checksum", (): string => "opaque", null, "unknown"],
  ])("%s is recognised", async (_, etag, firstPart, verdict) => {
    expect(await compareWithEtag(path, content.length, etag(), firstPart)).toBe(verdict);
  });

  it("can only be of parts whose sizes add up to the object's", () => {
    expect(partSizes(11 * mib, 2, null)).toEqual([8 * mib, 10 * mib, 6 * mib]);
    expect(partSizes(11 * mib, 3, null)).toEqual([5 * mib, 4 * mib]);
  });
});

describe("a file name in the folder", () => {
  const name = (key: string, prefix: string): string =>
    nameOf({ bucket: "minidt", key, size: 1, etag: "", modifiedMs: null }, prefix);

  it("is the key without the folders of the prefix", () => {
    expect(name("run12/data_1.txt", "run12/da")).toBe("data_1.txt");
    expect(name("run12/data_1.txt", "run12/data_1.txt")).toBe("data_1.txt");
    expect(name("run12/a/data_1.txt", "run12/")).toBe(join("a", "data_1.txt"));
    expect(name("data_1.txt", "")).toBe("data_1.txt");
  });

  it.each(["run12/../../etc/passwd", "run12//x", "run12/.", "run12/a\\b"])(
    "never leads out of the folder: %s",
    (key) => {
      expect(() => name(key, "run12/")).toThrow(/its name is not a valid file name$/);
    },
  );
});
