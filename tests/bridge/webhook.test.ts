import { createServer } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { json } from "node:stream/consumers";
import { expect, it, onTestFinished, vi } from "vitest";
import { Webhook, type WebhookBody } from "../../dashboard/bridge/webhook.js";
import type { Alarm } from "../../pipeline/model/index.js";
import { patience } from "../helpers/patience.js";

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
  },
  raised_ms: 1,
  cleared_ms: null,
  acknowledged: null,
  demo: true,
  ...change,
});

async function startHook(statuses: number[]): Promise<{ url: string; got: WebhookBody[] }> {
  const got: WebhookBody[] = [];
  const server = createServer((request, response) => {
    void json(request).then((body) => {
      got.push(body as WebhookBody);
      response.writeHead(statuses.shift() ?? 200).end();
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook?key=s3cret`, got };
}

function start(url: string, pausesMs = [1, 1]): { hook: Webhook; log: string[] } {
  const log: string[] = [];
  const hook = new Webhook({
    url,
    stream: "minidt",
    pageUrl: () => "http://p/",
    log: (line) => log.push(line),
    pausesMs,
  });
  onTestFinished(() => hook.close());
  return { hook, log };
}

it("gets each alarm once when it is raised and once when it has cleared, tried again until it is taken", async () => {
  const { url, got } = await startHook([503, 200]);
  const { hook } = start(url);
  hook.take(alarm("a"));
  hook.take(alarm("a", { acknowledged: { by: "S", at_ms: 1, comment: "" } }));
  hook.take(alarm("a", { cleared_ms: 9 }));
  await vi.waitFor(() => expect(got).toHaveLength(3), patience);
  expect(got.map(({ event }) => event)).toEqual(["raised", "raised", "cleared"]);
  expect(got[0]?.text).toBe("DEMO minidt: BAD: chamber 1: layer 3 is dead. Look. http://p/");
});

it("that fails costs a bounded number of tries and alarms, and its secret is not logged", async () => {
  const { url, got } = await startHook(Array.from({ length: 9 }, () => 500));
  const { hook, log } = start(url);
  hook.take(alarm("a"));
  await vi.waitFor(() => expect(log).toHaveLength(1), patience);
  expect(got).toHaveLength(3);
  expect(log[0]).toBe("an alarm could not be sent to the webhook: it answers 500");
  const { hook: dead, log: deadLog } = start("http://127.0.0.1:9/?key=s3cret", [50_000]);
  for (let i = 0; i < 150; i += 1) dead.take(alarm(String(i)));
  expect(dead.dropped).toBe(49);
  expect([...log, ...deadLog].join()).not.toContain("s3cret");
});
