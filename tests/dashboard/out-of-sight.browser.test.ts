/** A plot that is scrolled out of sight is not redrawn, but its saved picture must have the newest numbers. */
import { readFileSync } from "node:fs";
import type { Page } from "playwright-core";
import { describe, expect, it, vi } from "vitest";
import { SimulatedWindows } from "../../producer/simulated-windows.js";
import { chromium, polling, useBrowser } from "./page-support.js";
import { StillSource } from "./support.js";

const plot = "chart-word-dt0-1";

/** The picture of the plot that the key p saves, at any scroll position of the page. */
async function picture(page: Page): Promise<Buffer> {
  await page.getByTestId(plot).evaluate((one) => (one as HTMLElement).focus({ preventScroll: true }));
  const [file] = await Promise.all([page.waitForEvent("download"), page.keyboard.press("p")]);
  return readFileSync(await file.path());
}

const isBelow = (page: Page): Promise<boolean> =>
  page.getByTestId(plot).evaluate((one) => one.getBoundingClientRect().top > innerHeight);

describe.skipIf(chromium === null)("a plot out of sight", { timeout: 240_000 }, () => {
  const { show } = useBrowser();

  it("has the newest numbers in its picture", async () => {
    const [newest, ...windows] = new SimulatedWindows({ rateHz: 2500 }).take(5);
    const source = new StillSource(windows);
    const { page } = await show({
      source,
      query: "?tab=muons&part=words&span=1",
      viewport: { width: 1366, height: 420 },
    });
    await page.getByTestId(plot).locator("canvas").waitFor();
    expect(await isBelow(page)).toBe(true);
    const before = await picture(page);

    const { msg_ID, window } = source.windows.at(-1)!;
    const next = { ...window, start_ms: window.end_ms, end_ms: 2 * window.end_ms - window.start_ms };
    source.sink.window({ ...newest!, msg_ID: msg_ID + 1, window: next, emitted_ms: Date.now() });
    await page.locator(`[data-testid=last-data][data-window-id="${msg_ID + 1}"]`).waitFor();
    const hidden = await picture(page);
    expect(hidden.equals(before)).toBe(false);

    await page.getByTestId(plot).scrollIntoViewIfNeeded();
    await vi.waitFor(async () => expect((await picture(page)).equals(hidden)).toBe(true), polling);
  });
});
