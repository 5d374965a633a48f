import { createServer } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { json } from "node:stream/consumers";
import { expect, it, onTestFinished, vi } from "vitest";
import { join } from "node:path";
import { Store, type WindowSink } from "../../dashboard/bridge/index.js";
import { Webhook, type WebhookBody, type WebhookMemory } from "../../dashboard/bridge/webhook.js";
import type { Alarm } from "../../pipeline/model/index.js";
import { startBridge } from "../dashboard/support.js";
import { makeMessage } from "../helpers/messages.js";
import { polling } from "../helpers/polling.js";
import { scratchFolder } from "../helpers/scratch.js";

const scratch = scratchFolder();

const alarm = (id: string, change: Partial<Alarm> = {}): Alarm => ({
  id,
  finding: {
    key: "dead-layer chamber 1 layer 3",
    rule: "dead-layer",
    scope: { kind: "layer", chamber: 1, layer: 3 },
    state: "bad",
    reason: "layer 3 is dead",
    since_ms: 1,
    window_id: 1,
    numbers: {},
    what_to_do: "Look.",
    cause: null,
  },
  raised_ms: 1,
  cleared_ms: null,
  acknowledged: null,
  demo: true,
  ...change,
});

/** @param answers promise to await before each answer */
async function startHook(
  statuses: number[],
  answers: Promise<void> = Promise.resolve(),
): Promise<{ url: string; got: WebhookBody[] }> {
  const got: WebhookBody[] = [];
  const server = createServer((request, response) => {
    void json(request).then(async (body) => {
      got.push(body as WebhookBody);
      await answers;
      response.writeHead(statuses.shift() ?? 200).end();
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook?key=s3cret`, got };
}

function start(url: string, pausesMs = [1, 1], memory?: WebhookMemory): { hook: Webhook; log: string[] } {
  const log: string[] = [];
  const hook = new Webhook({
    ...(memory === undefined ? {} : { memory }),
    url,
    stream: "minidt",
    pageUrl: () => "http://p/",
    log: (line) => log.push(line),
    pausesMs,
  });
  onTestFinished(() => hook.close());
  return { hook, log };
}

it("the webhook sends each alarm once when raised and once when cleared, and retries until it is accepted", async () => {
  const { url, got } = await startHook([503, 200]);
  const { hook } = start(url);
  hook.take(alarm("a"));
  hook.take(alarm("a", { acknowledged: { by: "S", at_ms: 1, comment: "" } }));
  hook.take(alarm("a", { cleared_ms: 9 }));
  await vi.waitFor(() => expect(got).toHaveLength(3), polling);
  expect(got.map(({ event }) => event)).toEqual(["raised", "raised", "cleared"]);
  expect(got[0]?.text).toBe("DEMO minidt: BAD: chamber 1: layer 3 is dead. Look. http://p/");
});

const warning = (id: string, change: Partial<Alarm> = {}): Alarm => {
  const { finding, ...rest } = alarm(id, change);
  return { ...rest, finding: { ...finding, state: "warning" } };
};

it("the webhook sends once a warning that turns bad, and an alarm that comes back", async () => {
  const { url, got } = await startHook([]);
  const { hook } = start(url);
  hook.take(warning("a"));
  hook.take(alarm("a"));
  hook.take(warning("a"));
  hook.take(alarm("a"));
  hook.take(alarm("a", { cleared_ms: 9 }));
  hook.take(warning("a"));
  await vi.waitFor(() => expect(got).toHaveLength(4), polling);
  expect(got.map(({ event, alarm }) => [event, alarm.finding.state])).toEqual([
    ["raised", "warning"],
    ["raised", "bad"],
    ["cleared", "bad"],
    ["raised", "warning"],
  ]);
});

/** State that outlives a webhook. */
function makeMemory(): WebhookMemory {
  let kept: ReturnType<WebhookMemory["read"]> = null;
  return { read: () => kept, write: (delivered) => void (kept = structuredClone(delivered)) };
}

it("the webhook does not repeat delivered alarms after a restart, and sends pending alarms", async () => {
  const { url, got } = await startHook([200, 500]);
  const memory = makeMemory();
  const { hook: first } = start(url, [60_000], memory);
  first.resume([]);
  first.take(warning("a"));
  first.take(alarm("b"));
  await vi.waitFor(() => expect(got).toHaveLength(2), polling);
  await first.close();

  const { hook: second } = start(url, [1], memory);
  second.resume([alarm("b"), warning("a", { cleared_ms: 9 })]);
  await vi.waitFor(() => expect(got).toHaveLength(4), polling);
  expect(got.slice(2).map(({ event, alarm }) => [event, alarm.id])).toEqual([
    ["cleared", "a"],
    ["raised", "b"],
  ]);
  await second.close();
  const { hook: third } = start(url, [1], memory);
  third.resume([alarm("b"), warning("a", { cleared_ms: 9 })]);
  third.take(alarm("b", { cleared_ms: 10 }));
  await vi.waitFor(() => expect(got).toHaveLength(5), polling);
  expect(got[4]).toMatchObject({ event: "cleared", alarm: { id: "b" } });
});

it("the webhook waits for the answer to a pending request when the bridge ends", async () => {
  let answer = (): void => undefined;
  const { url, got } = await startHook([], new Promise((resolve) => (answer = resolve)));
  const memory = makeMemory();
  const { hook } = start(url, [], memory);
  hook.take(alarm("a"));
  await vi.waitFor(() => expect(got).toHaveLength(1), polling);
  const closed = hook.close();
  answer();
  await closed;
  expect(memory.read()).toEqual({ a: "bad" });
});

it("the webhook treats alarms that are active at its first start as already sent", async () => {
  const { url, got } = await startHook([]);
  const { hook } = start(url);
  hook.resume([warning("a")]);
  hook.take(alarm("a"));
  await vi.waitFor(() => expect(got).toHaveLength(1), polling);
  expect(got[0]?.text).toContain("BAD");
});

it("the webhook of a restarted bridge reports that an earlier alarm was cleared", async () => {
  const { url, got } = await startHook([]);
  const file = join(scratch.path, "history.sqlite");
  const newest = Math.floor(Date.now() / 5000) - 1;
  const give = (sink: WindowSink, ids: number[], silentChambers: number[]): void =>
    ids.forEach((id) =>
      sink.window({ ...makeMessage({ id, even: true, silentChambers }), emitted_ms: Date.now() }),
    );
  const first = await startBridge({ store: new Store({ file }), webhookUrl: url });
  give(first.source.sink, [newest - 12, newest - 11, newest - 10, newest - 9, newest - 8], []);
  give(first.source.sink, [newest - 7, newest - 6], [2]);
  const ofChamber = (): WebhookBody[] => got.filter(({ alarm }) => alarm.finding.rule === "silent-chamber");
  await vi.waitFor(() => expect(ofChamber()).toHaveLength(1), polling);
  await first.bridge.close();
  const second = await startBridge({ store: new Store({ file }), webhookUrl: url });
  give(second.source.sink, [newest - 5, newest - 4, newest - 3], []);
  await vi.waitFor(() => expect(ofChamber()).toHaveLength(2), polling);
  const [raised, cleared] = ofChamber();
  expect([raised?.event, cleared?.event]).toEqual(["raised", "cleared"]);
  expect(cleared?.alarm.id).toBe(raised?.alarm.id);
});

it("the webhook of a failing server has a limit of attempts and pending alarms, and logs no secret", async () => {
  const { url, got } = await startHook(Array.from({ length: 9 }, () => 500));
  const { hook, log } = start(url);
  hook.take(alarm("a"));
  await vi.waitFor(() => expect(log).toHaveLength(1), polling);
  expect(got).toHaveLength(3);
  expect(log[0]).toBe("cannot send an alarm to the webhook: the server answered 500");
  const { hook: dead, log: deadLog } = start("http://127.0.0.1:9/?key=s3cret", [50_000]);
  for (let i = 0; i < 150; i += 1) dead.take(alarm(String(i)));
  expect(dead.dropped).toBe(49);
  expect([...log, ...deadLog].join()).not.toContain("s3cret");
});
