/** `fetch`, and the sources of `produce` and `up`, on a real bucket. */
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, it, vi } from "vitest";
import { createStreamSource } from "../../../producer/index.js";
import { chooseSource, type SourceOptions } from "../../../runners/cli/source-options.js";
import { findSourceInputs } from "../../../runners/cli/source-inputs.js";
import { Log } from "../../../runners/cli/log.js";
import type { CliContext } from "../../../runners/cli/verb.js";
import { runCli, type CliOutcome } from "../../cli/run-cli.js";
import { describeWithJava } from "../../services/with-java.js";
import { rows, useBucket } from "./bucket.js";
import { testKeys } from "./s3-server.js";

const pathStyle = { s3PathStyle: "auto", s3Anonymous: false } as const;

/** Output without lines of progress, which can appear on a slow machine. */
async function withoutProgress(run: Promise<CliOutcome>): Promise<CliOutcome> {
  const outcome = await run;
  return { ...outcome, stderr: outcome.stderr.replaceAll(/^\{.*\n/gm, "") };
}

describeWithJava("with a bucket", () => {
  const telescope = useBucket();
  afterEach(() => vi.unstubAllEnvs());

  const options = () => ({
    ...pathStyle,
    s3Endpoint: telescope.server.endpoint,
    s3Credentials: telescope.credentialsFile,
    layout: "padova-2021",
    skipBlocks: 0,
    follow: false,
  });
  const context = (): CliContext => ({
    ...process,
    env: {},
    folder: telescope.folder,
    log: new Log(process.stderr),
    signal: new AbortController().signal,
  });
  const fetch = (...args: string[]) =>
    withoutProgress(
      runCli(["fetch", "--s3-endpoint", telescope.server.endpoint, ...args], { folder: telescope.folder }),
    );
  const noCredentials = (): void => {
    for (const name of ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"])
      vi.stubEnv(name, undefined);
    for (const name of ["AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE"])
      vi.stubEnv(name, join(telescope.folder, "aws"));
  };

  it("fetch downloads the objects to a folder, and reports it in one line", async () => {
    const args = [
      "--input",
      "s3://telescope/run12/",
      "--output",
      "run12",
      "--s3-credentials",
      telescope.credentialsFile,
    ];
    const first = await fetch(...args);
    expect([first.code, first.stdout]).toEqual([0, ""]);
    expect(first.stderr).toMatch(
      /^4 objects, 0\.\d MB, in run12: 4 fetched, 0 already present; .* s; checked by size and ETag\n$/,
    );
    expect(readFileSync(join(telescope.folder, "run12", "data_000000.txt"), "utf8")).toBe(rows(20_000, 100));
    expect((await fetch(...args)).stderr).toMatch(/: 0 fetched, 4 already present; /);
  });

  it("fetch reads the keys from the environment or a profile", async () => {
    noCredentials();
    const { accessKeyId, secretAccessKey } = testKeys;
    writeFileSync(
      join(telescope.folder, "aws"),
      `[telescope]\naws_access_key_id = ${accessKeyId}\naws_secret_access_key = ${secretAccessKey}\n`,
    );
    const byProfile = await fetch("--input", "s3://telescope/other", "--s3-profile", "telescope");
    expect(byProfile.stderr).toMatch(/^1 object, /);
    vi.stubEnv("AWS_ACCESS_KEY_ID", accessKeyId);
    vi.stubEnv("AWS_SECRET_ACCESS_KEY", secretAccessKey);
    expect((await fetch("--input", "s3://telescope/other")).stderr).toMatch(
      /: 0 fetched, 1 already present; /,
    );
    expect(readdirSync(join(telescope.folder, "data"))).toEqual(["other"]);
  });

  it("fetch explains how to get credentials if none are set", async () => {
    noCredentials();
    const { code, stderr } = await fetch("--input", "s3://telescope/other");
    expect(code).toBe(2);
    expect(stderr).toMatch(
      /^muonitor: there are no S3 credentials: give them as a JSON file \(--s3-credentials FILE\), [^\n]*\n$/,
    );
    const profile = await fetch("--input", "s3://telescope/other", "--s3-profile", "nobody");
    expect(profile.stderr).toMatch(/^muonitor: profile nobody has no S3 credentials: [^\n]*\n$/);
  });

  it("fetch reports wrong options in one line, without showing a password", async () => {
    const wrong = await runCli(["fetch", "--input", "s3://x y", "--output", "z"]);
    expect([wrong.code, wrong.stderr]).toEqual([
      2,
      'muonitor: "s3://x y": must be s3://BUCKET or s3://BUCKET/PREFIX\n',
    ]);
    const secret = await runCli(["fetch", "--input", "s3://abc/d", "--s3-endpoint", "https://me:hunter2@x"]);
    expect(secret.code).toBe(2);
    expect(secret.stderr).toMatch(/^muonitor: the S3 endpoint must not contain user and password: [^\n]*\n$/);
    const missing = await runCli(["fetch"]);
    expect([missing.code, missing.stderr]).toEqual([
      2,
      "muonitor: fetch: option --input <s3://bucket/prefix> is missing\n",
    ]);
  });

  it("fetch ends at once when it is interrupted", async () => {
    const interruption = new AbortController();
    telescope.proxy.fault = ({ key }) => {
      if (key === "") return null;
      setTimeout(() => interruption.abort(), 20);
      return { kind: "silence", afterBytes: 10 };
    };
    const access = ["--s3-endpoint", telescope.proxy.endpoint, "--s3-credentials", telescope.credentialsFile];
    const { code, stderr } = await withoutProgress(
      runCli(["fetch", "--input", "s3://telescope/run12", ...access], {
        folder: telescope.folder,
        signal: interruption.signal,
      }),
    );
    expect([code, stderr]).toEqual([130, "muonitor: interrupted; run the same command to resume\n"]);
  });

  it("a source reads objects, files, folders and patterns in the given order", async () => {
    mkdirSync(join(telescope.folder, "run"));
    for (const n of [2, 1, 10]) writeFileSync(join(telescope.folder, "run", `data_${n}.txt`), rows(n, 1));
    writeFileSync(join(telescope.folder, "run", ".hidden.txt"), rows(99, 1));
    const names = ["s3://telescope/run12/deep", "run/data_?.txt", "run", "run/*_[!2]0.txt"];
    const found = await findSourceInputs(names, options(), context());
    const source = createStreamSource({ inputs: found.inputs });
    let text = "";
    for (let block = await source.next(1000); block !== null; block = await source.next(1000))
      text += Buffer.from(block.bytes).toString();
    const folder = rows(1, 1) + rows(10, 1) + rows(2, 1);
    expect(text).toBe(rows(30_000, 10) + rows(1, 1) + rows(2, 1) + folder + rows(10, 1));
    expect(found.description).toBe("7 inputs");
  });

  it("a source reports in one line the objects that it cannot read", async () => {
    const base = {
      loop: false,
      rate: 0,
      rowsPerMessage: 10,
      seed: 1,
      telescope: "clean",
      wordsAhead: false,
      ...options(),
    } as const;
    const choose = (more: Partial<SourceOptions>) =>
      chooseSource({ source: "simulator", ...base, ...more }, context());
    await expect(choose({ source: "s3" })).rejects.toThrow("--source s3 needs --input s3://BUCKET/PREFIX");
    await expect(choose({ source: "s3", input: ["x.txt"] })).rejects.toThrow("--source s3 needs");
    await expect(choose({ input: ["nosuch*.txt"] })).rejects.toThrow(
      /nosuch\*\.txt: no file matches this pattern$/,
    );
    await expect(choose({ input: ["-", "x.txt"] })).rejects.toThrow("cannot be combined");
    await telescope.server.put("telescope", "words.dat", "x");
    await expect(choose({ input: ["s3://telescope/words.dat"] })).rejects.toThrow(
      "only CSV files can be replayed",
    );
    const chosen = await choose({ input: ["s3://telescope/run12/"] });
    expect(chosen).toMatchObject({
      id: "s3",
      demo: false,
      description: "4 objects of s3://telescope/run12/, as fast as possible",
    });
  });
});
