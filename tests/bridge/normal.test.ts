/** What the data is compared with: data that a named person declared normal, and up to three references. */
import { describe, expect, it, vi } from "vitest";
import type { Bridge } from "../../dashboard/bridge/index.js";
import { referenceOf, sumWindows } from "../../dashboard/bridge/monitor/sums.js";
import { ReferenceJudges } from "../../dashboard/bridge/quality/reference-judges.js";
import type { Quality, Reference, WindowMessage } from "../../pipeline/model/index.js";
import { SimulatedWindows } from "../../producer/simulated-windows.js";
import { runCli } from "../cli/run-cli.js";
import { startBridge } from "../dashboard/support.js";
import { polling } from "../helpers/polling.js";

const windowMs = 5000;

function windows(rateHz: number, count: number, firstId = 100_000, seed = 1): WindowMessage[] {
  return new SimulatedWindows({ seed, rateHz, firstId }).take(count);
}

/** Answers are read without a type. */
async function get(bridge: Bridge, path: string): Promise<ReturnType<typeof JSON.parse>> {
  return (await fetch(new URL(path, bridge.url))).json();
}

const isAlarm = ({ state, cause }: Quality["findings"][number]): boolean =>
  (state === "warning" || state === "bad") && cause === null;

describe("this is normal now", () => {
  it("ends findings from the data's own past when a person declares it, and is recorded with the name", async () => {
    const { bridge, source } = await startBridge({});
    const firstId = Math.floor(Date.now() / windowMs) - 40;
    const send = (messages: readonly WindowMessage[]): void => {
      for (const message of messages) source.sink.window({ ...message, emitted_ms: Date.now() });
    };
    const quality = (): Promise<Quality> => get(bridge, "/api/v1/quality");
    send(windows(1000, 14, firstId));
    send(windows(1900, 6, firstId + 14, 2));
    await vi.waitFor(async () => expect((await quality()).findings.filter(isAlarm)).toHaveLength(1), polling);
    expect((await quality()).findings[0]!.key).toBe("chamber-rate whole");
    const metrics = (await (await fetch(new URL("/metrics", bridge.url))).text()).split("\n");
    for (const line of [
      'muonitor_rule{rule="chamber-rate",state="bad"} 0',
      'muonitor_rule{rule="noise",state="warning"} 0',
      'muonitor_rule_light{rule="chamber-rate",light="whole",state="warning"} 1',
      'muonitor_alarms_total{rule="chamber-rate"} 1',
      'muonitor_alarms_total{rule="ledger"} 0',
    ])
      expect(metrics).toContain(line);
    const refused = await runCli(["references", "accept", "--by", " ", "--url", bridge.url]);
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining("by must")]);
    const args = ["references", "accept", "--by", "Ada", "--comment", "new source", "--url", bridge.url];
    const accepted = await runCli(args);
    expect([accepted.code, accepted.stderr]).toEqual([
      0,
      expect.stringMatching(
        /declared normal by Ada; previously compared with its own past since \d\d:\d\d UTC/,
      ),
    ]);
    send(windows(1900, 14, firstId + 20, 3));
    await vi.waitFor(async () => {
      const { findings, compared_with, whole } = await quality();
      expect(findings.filter(isAlarm)).toEqual([]);
      expect(whole.state).toBe("good");
      expect(compared_with).toMatch(/^its own past since \d\d:\d\d UTC, accepted as normal by Ada$/);
    }, polling);
    expect(await get(bridge, "/api/v1/normal")).toMatchObject([{ by: "Ada", comment: "new source" }]);
    expect(
      JSON.stringify(await get(bridge, `/api/v1/remarks?from_ms=0&to_ms=${Date.now() + 1000}`)),
    ).toContain("This is normal now: new source");
  });

  it("deselects the chosen reference; commands list and choose references", async () => {
    const { bridge } = await startBridge({});
    const post = (name: string): Promise<Response> =>
      fetch(new URL("/api/v1/references", bridge.url), {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ ...referenceOf(sumWindows(windows(1000, 3))!, name, "test", 1) }),
      });
    for (const name of ["a", "b"]) expect((await post(name)).status).toBe(200);
    const run = (...args: string[]): ReturnType<typeof runCli> =>
      runCli(["references", ...args, "--url", bridge.url]);
    expect(await run("choose", "--name", "a", "--name", "b")).toMatchObject({ code: 0 });
    expect((await run("list")).stdout).toMatch(/\* a .*\n\* b/);
    const many = ["a", "b", "a", "b"].flatMap((name) => ["--name", name]);
    expect((await run("choose", ...many)).code).toBe(1);
    expect(await run("choose", "--name", "c")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("--name c: no such reference; stored references: a, b"),
    });
    expect((await run("accept", "--by", "Ada")).code).toBe(0);
    expect((await run("list")).stdout).not.toContain("*");
  });

  it("cannot be declared or listed at a wrong address, which the commands report", async () => {
    expect(await runCli(["references", "list", "--url", "nowhere"])).toMatchObject({ code: 2 });
    expect(await runCli(["references", "list", "--url", "http://127.0.0.1:1"])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("connection refused"),
    });
  });
});

describe("several references", () => {
  const referenceAt = (rateHz: number, name: string): { id: string; reference: Reference } => ({
    id: name,
    reference: referenceOf(sumWindows(windows(rateHz, 20, 1000, rateHz))!, name, "test", 0),
  });

  it("are compared with the data, and the best match is used and named", () => {
    const judges = new ReferenceJudges();
    judges.setReferences([referenceAt(600, "low"), referenceAt(1000, "usual"), referenceAt(1700, "high")]);
    const last = (messages: readonly WindowMessage[]): Quality =>
      messages.map((message) => judges.takeWindow(message, message.window.end_ms)).at(-1)!;
    const usual = last(windows(1000, 8));
    expect(usual.findings.filter(isAlarm)).toEqual([]);
    expect(usual).toMatchObject({
      reference: { name: "usual" },
      compared_with: "references low, usual and high, of which usual fits best",
    });
    const high = last(windows(1700, 6, 100_008, 2));
    expect(high.findings.filter(isAlarm)).toEqual([]);
    expect(high.reference?.name).toBe("high");
    const tooHigh = last(windows(3500, 4, 100_014, 3));
    expect(tooHigh.findings.filter(isAlarm).map(({ rule }) => rule)).toContain("chamber-rate");
  });
});
