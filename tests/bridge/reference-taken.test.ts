/** A reference is made from windows without alarms, and belongs to a set-up. */
import { describe, expect, it, vi } from "vitest";
import type { Bridge } from "../../dashboard/bridge/index.js";
import type { Alarm } from "../../pipeline/model/index.js";
import { withCells } from "./quality/practice.js";
import { SimulatedStream, windowMs } from "./quality/simulated-stream.js";
import { startBridge } from "../dashboard/support.js";
import { polling } from "../helpers/polling.js";

/** The body, untyped, is an alarm list, a reference or a refusal. */
interface Reply {
  status: number;
  body: ReturnType<typeof JSON.parse>;
}

async function call(bridge: Bridge, method: string, path: string, body?: object): Promise<Reply> {
  const content =
    body === undefined ? {} : { body: JSON.stringify(body), headers: { "content-type": "application/json" } };
  const response = await fetch(new URL(path, bridge.url), { method, ...content });
  return { status: response.status, body: await response.json() };
}

describe("making a reference", () => {
  it("omits windows with alarms, requires confirmation during an alarm, and records its author", async () => {
    const stream = new SimulatedStream({ firstId: Math.floor(Date.now() / windowMs) - 20 });
    const { bridge, source } = await startBridge({});
    const send = (windows: number, isDead = false): void => {
      for (let i = 0; i < windows; i += 1)
        for (const message of stream.next()) {
          const changed = isDead
            ? withCells(message, 1, (hits, cell) => (cell % 4 === 2 ? 0 : hits))
            : message;
          source.sink.window({ ...changed, emitted_ms: Date.now() });
        }
    };
    const activeAlarms = async (): Promise<Alarm[]> => {
      const { body } = await call(bridge, "GET", "/api/v1/alarms?limit=20");
      return (body as Alarm[]).filter(({ cleared_ms }) => cleared_ms === null);
    };
    const take = (more: object) =>
      call(bridge, "POST", "/api/v1/references", { name: "r", span: { windows: 12 }, ...more });
    send(6);
    send(2, true);
    await vi.waitFor(async () => expect(await activeAlarms()).toHaveLength(1), polling);
    const refused = await take({});
    expect(refused.status).toBe(400);
    expect(JSON.stringify(refused.body)).toContain("an alarm is active");
    const marked = await take({ confirm: true, by: "Ada" });
    expect(marked.body).toMatchObject({
      windows: 8,
      source: expect.stringContaining("while an alarm was active"),
    });
    send(4);
    await vi.waitFor(async () => expect(await activeAlarms()).toEqual([]), polling);
    const taken = await take({ by: "Ada" });
    const { body } = await call(bridge, "GET", `/api/v1/references/${taken.body.id}`);
    expect(body).toMatchObject({ set_up: "default", taken_by: "Ada" });
    expect(body.left_out).toBeGreaterThanOrEqual(2);
    expect(Number(body.windows) + Number(body.left_out)).toBe(12);
    expect(body.segment_chamber["0"].count).toBeGreaterThan(0);
    const foreign = await call(bridge, "POST", "/api/v1/references", {
      ...body,
      name: "other",
      set_up: "0123456789abcdef",
    });
    const chosen = await call(bridge, "PUT", "/api/v1/chosen-reference", { id: foreign.body.id });
    expect(JSON.stringify(chosen.body)).toContain("another set-up");
  });
});
