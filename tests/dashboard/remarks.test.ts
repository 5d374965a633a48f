/** Remarks, silenced alarms and lights of a bridge, by socket and HTTP: checked, sent to every viewer and stored. */
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { Store, type Bridge } from "../../dashboard/bridge/index.js";
import type { LightHistory, Remark } from "../../pipeline/model/index.js";
import { makeMessage } from "../helpers/messages.js";
import { scratchFolder } from "../helpers/scratch.js";
import { connected, makeStatus, next, send, startBridge } from "./support.js";

const scratch = scratchFolder();

async function call(
  bridge: Bridge,
  method: string,
  path: string,
  body?: object,
): Promise<{ status: number; body: never }> {
  const given =
    body === undefined ? {} : { body: JSON.stringify(body), headers: { "content-type": "application/json" } };
  const response = await fetch(new URL(`/api/v1/${path}`, bridge.url), { method, ...given });
  return { status: response.status, body: (await response.json()) as never };
}

describe("remarks", () => {
  it("reach every viewer, survive a restart of the bridge, and can be withdrawn without being deleted", async () => {
    const file = join(scratch.path, "remarks.sqlite");
    const { bridge } = await startBridge({ store: new Store({ file }) });
    const [writer, reader] = [await connected(bridge), await connected(bridge)];
    const heard = next(reader.viewer, "remark");
    const text = "gas bottle <b>changed</b>\u0007";
    const answer = await send(writer.viewer, "remark", { from_ms: 1000, to_ms: 2000, by: "Ada", text });
    const remark = await heard;
    expect(answer).toEqual({ ok: true, value: remark });
    expect(remark).toMatchObject({
      from_ms: 1000,
      to_ms: 2000,
      by: "Ada",
      text: "gas bottle <b>changed</b>",
    });
    const posted = await call(bridge, "POST", "remarks", { from_ms: 5000, by: "Bo", text: "lights off" });
    expect(posted).toMatchObject({ status: 200, body: { to_ms: null } });
    const taken = await call(bridge, "POST", `remarks/${remark.id}/withdraw`, { by: "Ada" });
    expect(taken.body).toMatchObject({ id: remark.id, text: remark.text, withdrawn: { by: "Ada" } });
    await bridge.close();

    const again = await startBridge({ store: new Store({ file }) });
    const { snapshot } = await connected(again.bridge);
    expect(snapshot.remarks.map((one) => one.text)).toEqual(["lights off", "gas bottle <b>changed</b>"]);
    const inSpan = async (from: number, to: number): Promise<string[]> =>
      ((await call(again.bridge, "GET", `remarks?from_ms=${from}&to_ms=${to}`)).body as Remark[]).map(
        (one) => one.by,
      );
    expect(await inSpan(1500, 1600)).toEqual(["Ada"]);
    expect(await inSpan(0, 6000)).toEqual(["Ada", "Bo"]);
    expect(await inSpan(2001, 5000)).toEqual([]);
  });

  it.each([
    [{ by: "A", text: "x" }, /from_ms must be an integer/],
    [{ from_ms: 1, by: "A", text: "" }, /text must have 1 to 500 characters/],
    [{ from_ms: 1, by: "A", text: "x".repeat(501) }, /text must have 1 to 500 characters/],
    [{ from_ms: 1, by: " ", text: "x" }, /by must have 1 to 80 characters/],
    [{ from_ms: 5, to_ms: 5, by: "A", text: "x" }, /to_ms must be after from_ms/],
    [{ from_ms: 1, by: "A", text: { $: 1 } }, /text must be a string/],
    [null, /must be an object/],
  ])("like %j are refused with one line", async (body, line) => {
    const { bridge } = await startBridge();
    const { viewer } = await connected(bridge);
    const answer = (await send(viewer, "remark", body)) as { ok: boolean; error: string };
    expect(answer).toMatchObject({ ok: false, error: expect.stringMatching(line) });
    expect(answer.error).not.toContain("\n");
  });

  it("that cannot be stored are refused, so the author is informed", async () => {
    const store = new Store({ file: null });
    const { bridge } = await startBridge({ store });
    store.shift.putRemark = () => false;
    const answer = await call(bridge, "POST", "remarks", { from_ms: 1, by: "A", text: "x" });
    expect(answer).toMatchObject({
      status: 400,
      body: { error: expect.stringMatching(/cannot save the remark/) },
    });
  });
});

it("an alarm can be silenced until a given time; its light stays", async () => {
  const { bridge, source } = await startBridge();
  const { viewer } = await connected(bridge);
  source.sink.status(makeStatus({ hops: [] }));
  const first = Math.floor(Date.now() / 5000) - 30;
  for (let id = first; id < first + 30; id += 1) {
    const silentChambers = id < first + 20 ? [] : [2];
    source.sink.window({ ...makeMessage({ id, silentChambers }), emitted_ms: Date.now() });
  }
  const { snapshot } = await connected(bridge);
  const alarm = snapshot.alarms.find(({ finding }) => finding.rule === "silent-chamber")!;
  const request = { by: "Ada", until_ms: Date.now() + 3_600_000 };
  const silenced = await call(bridge, "POST", `alarms/${alarm.id}/silence`, request);
  expect(silenced.body).toMatchObject({ id: alarm.id, cleared_ms: null, silenced: request });
  expect((await connected(bridge)).snapshot.quality?.chambers[2]?.state).toBe("bad");
  expect(await send(viewer, "silence", { alarm: "none", ...request })).toMatchObject({ ok: false });
  const { body } = await call(bridge, "GET", `lights?from_ms=0&to_ms=${Date.now() + 9999}&points=50`);
  const lights = body as LightHistory[];
  expect(lights.find(({ light }) => light === "chamber 2")?.spans.at(-1)?.state).toBe("bad");
  expect(lights.every(({ spans }) => spans.every(({ to_ms }) => to_ms <= Date.now()))).toBe(true);
});
