/** The complete system in this process: a known answer, and its HTTP interface. */
import { request } from "node:http";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { beforeAll, describe, expect, it } from "vitest";
import {
  createLedger,
  encodeSequenceKey,
  hops,
  mergeLedger,
  type Ledger,
  type RawRecord,
  type SystemStatus,
  type WindowMessage,
} from "../../../pipeline/model/index.js";
import { Store } from "../../../dashboard/bridge/index.js";
import { Simulator } from "../../../producer/index.js";
import { packRecords } from "../../../pipeline/steps/index.js";
import { maxRequestBytes, recordsType } from "../../../runners/system/client.js";
import { buildNodePart } from "../../helpers/build.js";
import { scratchFolder } from "../../helpers/scratch.js";
import { plainLedger } from "../../reference/plain-ledger.js";
import { validateLine } from "../../reference/validate-message.js";
import { startEmbedded, token } from "../../helpers/embedded-system.js";

beforeAll(buildNodePart);
const scratch = scratchFolder();

/** The sum over the newest message of each window. */
function totalOf(messages: readonly WindowMessage[]): Ledger {
  const total = createLedger();
  for (const { ledger } of new Map(messages.map((message) => [message.msg_ID, message])).values()) {
    mergeLedger(total, ledger);
  }
  return plainLedger(total);
}

it("the newest windows contain exactly the rows of the simulator, even with garbage and late messages", async () => {
  const rows = new Simulator({ seed: 5, rateHz: 20_000 });
  rows.setFaults({ garbage: 0.01, late_data: { fraction: 0.2, delay_ms: 1500 } });
  const source = {
    rows,
    id: "simulator",
    demo: true,
    rateHz: 20_000,
    rowsPerMessage: 10,
    description: "simulator",
  };
  const { system, messages } = await startEmbedded(scratch, source);
  await expect
    .poll(() => messages().filter(({ revision }) => revision > 0).length, { timeout: 10_000 })
    .toBeGreaterThan(2);
  await system.close();
  expect(totalOf(messages())).toEqual(rows.truth().ledger);
  expect(messages().flatMap((message) => validateLine(JSON.stringify(message)))).toEqual([]);
  expect(system.status()).toMatchObject({
    backlog_bytes: 0,
    late: { messages: 0, rows: 0 },
    problem: null,
    demo: true,
  });
});

it("logs the end of a source, but not when the system is stopped", async () => {
  const plan = { id: "file", demo: false, rateHz: 1000, rowsPerMessage: 10, description: "run12" };
  const empty = { name: "run12", next: () => null, close: () => Promise.resolve() };
  const ended = await startEmbedded(scratch, { ...plan, rows: empty });
  await expect.poll(() => ended.logged).toEqual(["the source run12 has ended"]);
  const stopped = await startEmbedded(scratch, { ...plan, rows: new Simulator({ rateHz: 1000 }) });
  await stopped.system.close();
  expect(stopped.logged).toEqual([]);
});

it("shows a history that cannot be used once, although the bridge completes every status", async () => {
  const file = join(scratch.write("no folder", ""), "history.sqlite");
  const { url } = await startEmbedded(scratch, null, { openStore: () => new Store({ file }) });
  const newest = async (): Promise<SystemStatus | null> => {
    const response = await fetch(new URL("/api/v1/state", url));
    return ((await response.json()) as { status: SystemStatus | null }).status;
  };
  const first = await newest();
  // The first status can be from before the bridge was complete.
  const isLater = async (): Promise<boolean> => ((await newest())?.now_ms ?? 0) > (first?.now_ms ?? 0) + 2500;
  await expect.poll(isLater, { timeout: 20_000 }).toBe(true);
  const once = [expect.stringMatching(/^history is kept in memory only: /)];
  expect((await newest())?.notices).toEqual(once);
});

describe("over HTTP", () => {
  const record = (text: string, timestampMs = Date.now()): RawRecord => {
    return { key: null, value: Buffer.from(text), timestampMs, partition: 0 };
  };
  const authorization = `Bearer ${token}`;

  async function post(
    url: string,
    body: Uint8Array | string,
    headers: Record<string, string>,
  ): Promise<[number, string]> {
    const response = await fetch(new URL("/api/records", url), {
      method: "POST",
      body: Buffer.from(body),
      headers,
    });
    return [response.status, (await response.text()).trim()];
  }

  it("the status lists every stage", async () => {
    const { url } = await startEmbedded(scratch, null);
    const response = await fetch(new URL("/api/status", url));
    expect([response.status, response.headers.get("cache-control")]).toEqual([200, "no-store"]);
    const status = await response.json();
    expect(status).toMatchObject({
      stream: "test",
      runner: "embedded",
      window_ms: 1000,
      faults: null,
      demo: false,
    });
    expect(status.hops.map(({ hop }: { hop: string }) => hop)).toEqual([...hops]);
  });

  it("records are accepted only with the token, packed or as one text", async () => {
    const { system, engine, url, messages } = await startEmbedded(scratch, null);
    const pack = packRecords([record("2,0,1,7,5,5\n2,0,1,7,5,5"), record("")]);
    const packed = { "content-type": recordsType };
    const refused = [401, "the token is missing or wrong"];
    expect(await post(url, pack, packed)).toEqual(refused);
    expect(await post(url, pack, { ...packed, authorization: `${authorization}x` })).toEqual(refused);
    expect(
      await post(url, pack, { ...packed, authorization: authorization.replace("tests", "TESTS") }),
    ).toEqual(refused);
    expect(await post(url, pack, { ...packed, authorization })).toEqual([204, ""]);
    expect(await post(url, "2,1,128,7,5,5\nx\n", { "content-type": "text/csv", authorization })).toEqual([
      204,
      "",
    ]);
    expect(await post(url, "", { authorization })).toEqual([204, ""]);
    await system.close();
    expect(totalOf(messages())).toMatchObject({ rows: 4, malformed: 1, scintillator: 1, hits: 2 });
    expect(engine.pipeline.counters.messages).toBe(4);
  });

  it.each([
    ["simulator-7", true],
    ["file-7", false],
  ])("rows of %s from another program are marked as simulated: %s", async (id, demo) => {
    const { system, url, messages } = await startEmbedded(scratch, null);
    const key = Buffer.from(encodeSequenceKey({ id, epoch: 1, partition: 0, sequence: 0 }));
    const body = packRecords([{ ...record("2,0,1,7,5,5"), key }]);
    expect(await post(url, body, { "content-type": recordsType, authorization })).toEqual([204, ""]);
    expect(system.status().demo).toBe(false);
    await expect.poll(() => messages().flatMap(({ sources }) => sources.map((one) => one.id))).toContain(id);
    expect(system.status().demo).toBe(demo);
  });

  it.each([
    ["a truncated pack", packRecords([record("2,0,1,7,5,5")]).subarray(0, 25), "a record ends too early"],
    ["an invalid pack", Buffer.from("2,0,1,7,5,5"), "a record ends too early"],
    ["a record from the future", packRecords([record("", Date.now() + 1e9)]), /is not a time in the past/],
    ["a record of too many bytes", packRecords([record("x".repeat(3_000_001))]), /is larger than 3000000/],
  ])("%s is rejected", async (_, body, reason) => {
    const { url, engine } = await startEmbedded(scratch, null);
    const [status, text] = await post(url, body, { "content-type": recordsType, authorization });
    expect(status).toBe(400);
    expect(text).toMatch(reason);
    expect(engine.pipeline.counters.lastRecordMs).toBeNull();
  });

  it.each(["announced", "not announced"])(
    "a body that is too large (length %s) is refused before it is read completely",
    async (length) => {
      const { url } = await startEmbedded(scratch, null);
      const headers = length === "announced" ? { "content-length": 2 * maxRequestBytes } : {};
      const status = await new Promise<number>((resolve, reject) => {
        const posted = request(new URL("/api/records", url), {
          method: "POST",
          headers: { authorization, ...headers },
        });
        posted.on("response", ({ statusCode }) => resolve(statusCode ?? 0));
        posted.on("error", reject);
        posted.write(Buffer.alloc(maxRequestBytes + 1));
      });
      expect(status).toBe(413);
    },
  );

  it("compressed rows are refused with the reason", async () => {
    const { url, engine } = await startEmbedded(scratch, null);
    const headers = { authorization, "content-encoding": "gzip" };
    expect(await post(url, gzipSync("2,0,1,7,5,5\n"), headers)).toEqual([
      415,
      "content-encoding gzip is not supported, send the rows uncompressed",
    ]);
    expect(engine.pipeline.counters.lastRecordMs).toBeNull();
  });

  it("records are refused temporarily while the system ends", async () => {
    const { engine, url } = await startEmbedded(scratch, null);
    await engine.pipeline.close();
    expect(await post(url, "2,0,1,7,5,5", { authorization })).toEqual([
      503,
      expect.stringMatching(/stopped|stopping/),
    ]);
  });
});
