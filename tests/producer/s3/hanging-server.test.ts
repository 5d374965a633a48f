/** With a server that begins a response and then hangs, each verb that reads a bucket ends in time with one line. */
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { scratchFolder } from "../../helpers/scratch.js";
import { runCli } from "../../cli/run-cli.js";
import { startOddServer, type OddServer } from "./odd-server.js";

const scratch = scratchFolder();
const servers: OddServer[] = [];

beforeAll(() => void vi.stubEnv("MUONITOR_ANSWER_SECONDS", "0.3"));
afterAll(() => Promise.all(servers.map((server) => server.close())));

async function startHanging(hangs: OddServer["hangs"]): Promise<string> {
  const server = await startOddServer();
  servers.push(server);
  server.objects.set("run/rows.csv", { body: Buffer.from("2,0,1,7,5,5\n".repeat(100)) });
  server.hangs = hangs;
  return server.endpoint;
}

const verbs = {
  fetch: () => ["fetch", "--output", scratch.folder(randomUUID())],
  process: () => ["process", "--state-dir", scratch.folder(randomUUID())],
};
/** Lines about progress and about retried attempts. */
const notes = /^$|^\{"|; retrying$|^muonitor: downloading /;

describe.concurrent.each(Object.entries(verbs))("%s", (_, verb) => {
  it.each([
    ["list", /^muonitor: ENDPOINT cannot be reached: it does not answer in time$/],
    ["list, halfway", /^muonitor: ENDPOINT cannot be reached: it does not answer in time$/],
    ["object", /^muonitor: s3:\/\/bkt\/run\/rows.csv: given up at byte 0 of 1200 after 6 tries: no data for/],
    ["object, halfway", /^muonitor: s3:\/\/bkt\/run\/rows.csv: given up at byte 600 of 1200 after 6 tries/],
  ] as const)(
    "a hanging response ends in time: %s",
    async (hangs, line) => {
      const endpoint = await startHanging(hangs);
      const bucket = ["--input", "s3://bkt/run/", "--s3-endpoint", endpoint, "--s3-anonymous"];
      const { code, stdout, stderr } = await runCli([...verb(), ...bucket]);
      const errors = stderr.split(/\r|\n/).filter((text) => !notes.test(text));
      expect([code, stdout, errors.map((text) => text.replace(endpoint, "ENDPOINT"))]).toEqual([
        1,
        "",
        [expect.stringMatching(line)],
      ]);
    },
    120_000,
  );
});
