/** "This is normal now" on the page: offered at an alarm, declared by name, and shown afterwards. */
import { describe, expect, it, vi } from "vitest";
import type { WindowMessage } from "../../pipeline/model/index.js";
import { SimulatedWindows } from "../../producer/simulated-windows.js";
import { axeViolations } from "./axe.js";
import { chromium, polling, useBrowser } from "./page-support.js";
import { makeStatus, MemorySource } from "./support.js";

const windowMs = 5_000;

describe.skipIf(chromium === null)("this is normal now", { timeout: 240_000 }, () => {
  const { show, browser } = useBrowser();

  it("is confirmed with a name at the alarm that it ends, and is then the comparison shown to all viewers", async () => {
    const source = new MemorySource();
    const firstId = Math.floor(Date.now() / windowMs) - 40;
    const send = (rateHz: number, count: number, after: number, seed: number): void => {
      const windows = new SimulatedWindows({ seed, rateHz, firstId: firstId + after }).take(count);
      for (const message of windows) give(message);
    };
    const give = (message: WindowMessage): void => {
      source.sink.window({ ...message, emitted_ms: Date.now() });
      source.sink.status(makeStatus({ now_ms: message.window.end_ms + 200, freshness: null }));
    };
    const { page, bridge, complaints, text } = await show({ source, query: "?panel=alarms" });
    send(1000, 14, 0, 1);
    await vi.waitFor(
      async () => expect(await text("compared-with")).toMatch(/^Its own past since \d\d:\d\d UTC$/),
      polling,
    );
    send(1900, 6, 14, 2);
    const alarm = page.getByTestId("alarms-standing").getByTestId("alarm-chamber-rate");
    await alarm.getByTestId("alarm-normal").click();
    const dialog = page.getByTestId("normal-dialog");
    // The dialog explains the action and lists the findings that would be accepted.
    expect(await dialog.innerText()).toMatch(/its own past since \d\d:\d\d UTC/);
    expect(await dialog.innerText()).toMatch(/hit rate in all chambers/i);
    expect(await dialog.innerText()).toMatch(/a remark marks the time/);
    expect(await axeViolations(page)).toEqual([]);
    expect(await page.getByTestId("normal-accept").isDisabled()).toBe(true);
    // Closing the dialog accepts nothing.
    await page.getByTestId("normal-cancel").click();
    await dialog.waitFor({ state: "detached" });
    expect(await (await fetch(new URL("api/v1/normal", bridge.url))).json()).toEqual([]);

    await page.getByTestId("normal").click();
    await page.getByTestId("normal-by").fill("Ada <1>");
    await page.getByTestId("normal-comment").fill("new source");
    await page.getByTestId("normal-accept").click();
    await dialog.waitFor({ state: "detached" });
    await page.getByText("Accepted by Ada <1>.").waitFor();
    send(1900, 14, 20, 3);
    await alarm.waitFor({ state: "detached" });
    const words = /its own past since \d\d:\d\d UTC, accepted as normal by Ada <1>$/i;
    await vi.waitFor(async () => expect(await text("compared-with")).toMatch(words), polling);
    expect(await text("light-compared")).toMatch(words);
    expect(await page.getByTestId("verdict").getAttribute("title")).toMatch(/Compared with its own past/);
    const other = await browser().newPage();
    await other.goto(`${bridge.url}?panel=remarks`);
    await other.getByText("This is normal now: new source").first().waitFor();
    expect(await other.getByTestId("light-compared").innerText()).toMatch(words);
    await other.close();
    expect(complaints).toEqual([]);
  });

  it("is not offered at an alarm that it cannot end", async () => {
    const source = new MemorySource();
    const { page } = await show({ source, query: "?panel=alarms" });
    const firstId = Math.floor(Date.now() / windowMs) - 12;
    const fault = { kind: "layer_loss", chamber: 2, layer: 3, strength: 0.3 } as const;
    for (const message of new SimulatedWindows({ rateHz: 2000, firstId, faults: [{ fault, from: 6 }] }).take(
      12,
    ))
      source.sink.window(message);
    const alarm = page.getByTestId("alarms-standing").getByTestId("alarm-layer-efficiency");
    await alarm.waitFor();
    expect(await alarm.getByTestId("alarm-normal").count()).toBe(0);
  });
});
