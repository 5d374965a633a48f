/** Plots after new windows: the same picture as on a page opened later, and the newest numbers even out of sight. */
import { readFileSync } from "node:fs";
import type { Page } from "playwright-core";
import { describe, expect, it, onTestFinished, vi } from "vitest";
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

/** Pictures of all plots, without those over time. */
const pictures = (page: Page): Promise<string[]> =>
  page
    .locator(".plot:not(:has(.time-strip)) canvas")
    .evaluateAll((all) => all.map((one) => (one as HTMLCanvasElement).toDataURL()));

describe.skipIf(chromium === null)("plots after new windows", { timeout: 240_000 }, () => {
  const { show, browser } = useBrowser();

  it.each([
    ["overview", "?span=1", 3],
    ["histograms of the chambers", "?tab=occupancy&span=1", 4],
    [
      "logarithmic histograms",
      `?tab=drift&span=1&log=${[0, 1, 2, 3].map((one) => `drift-${one}`).join(",")}`,
      4,
    ],
  ])("look as on a page opened later: %s", async (_, query, count) => {
    const windows = new SimulatedWindows({ rateHz: 2500 }).take(6);
    const source = new StillSource(windows.slice(0, 2));
    const { page, bridge } = await show({ source, query });
    await page
      .locator(".plot canvas")
      .nth(count - 1)
      .waitFor();
    const first = await pictures(page);
    const { msg_ID, window } = source.windows.at(-1)!;
    const windowMs = window.end_ms - window.start_ms;
    // Similar numbers keep the axes, so that only the data is drawn again.
    for (const [i, next] of windows.slice(2).entries()) {
      const [id, laterMs] = [msg_ID + i + 1, (i + 1) * windowMs];
      const shifted = { ...window, start_ms: window.start_ms + laterMs, end_ms: window.end_ms + laterMs };
      source.sink.window({ ...next, msg_ID: id, window: shifted, emitted_ms: Date.now() });
      await page.locator(`[data-testid=last-data][data-window-id="${id}"]`).waitFor();
    }
    const later = await browser().newPage({ viewport: page.viewportSize() });
    onTestFinished(() => later.close());
    await later.goto(`${bridge.url}${query}`);
    await later
      .locator(".plot canvas")
      .nth(count - 1)
      .waitFor();
    await vi.waitFor(async () => expect(await pictures(page)).toEqual(await pictures(later)), polling);
    const now = await pictures(page);
    expect(now).toHaveLength(count);
    expect(now.filter((picture, i) => picture === first[i])).toEqual([]);
  });
});
