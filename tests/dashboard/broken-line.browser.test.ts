/** The page when its connection breaks or its machine sleeps: it shows the age of old data, and leaves no gap. */
import { describe, expect, it, onTestFinished, vi } from "vitest";
import type { Page } from "playwright-core";
import { BeatingSource } from "./beating-source.js";
import { CutLine } from "./cut-line.js";
import { chromium, polling, serve, useBrowser } from "./page-support.js";

const threeMinutesMs = 180_000;
/** A time without new data in which all earlier messages have been read. */
const quietMs = 3000;

describe.skipIf(chromium === null)("a broken connection", { timeout: 240_000 }, () => {
  const { browser } = useBrowser();

  /** A page whose clock can be advanced, as after a sleep, and whose connection can be cut. */
  async function start(): Promise<{ page: Page; line: CutLine; source: BeatingSource }> {
    const source = new BeatingSource(10);
    const bridge = await serve(source);
    const line = await CutLine.to(bridge.port);
    onTestFinished(() => line.close());
    const page = await browser().newPage({ viewport: { width: 1366, height: 768 } });
    onTestFinished(() => page.close());
    await page.clock.install();
    await page.goto(`${line.url}?tab=history`);
    await expectText(page, "connection", /^live$/);
    return { page, line, source };
  }

  function expectText(page: Page, testid: string, words: RegExp): Promise<unknown> {
    return vi.waitFor(async () => expect(await page.getByTestId(testid).innerText()).toMatch(words), polling);
  }

  async function ageMs(page: Page): Promise<number> {
    return Number(await page.getByTestId("data-age").getAttribute("data-age-ms"));
  }

  /** Checks that every window from the first shown one to the newest is present. */
  async function expectNoGap(page: Page, source: BeatingSource): Promise<void> {
    source.stop();
    await page.getByTestId(`history-${source.newest}`).waitFor();
    const ids = await page.locator("[data-testid=history] tbody th").allInnerTexts();
    expect(ids.map(Number)).toEqual(ids.map((_, i) => source.newest - i));
  }

  it("of three minutes is shown with the correct age of the data, and its gap is filled", async () => {
    const { page, line, source } = await start();
    const before = await ageMs(page);
    line.cut();
    // On a busy machine, messages that had arrived before the cut are still to be read: each makes the data new.
    await vi.waitFor(async () => expect(await ageMs(page)).toBeGreaterThan(before + quietMs), polling);
    const { newest } = source;
    await page.clock.fastForward(threeMinutesMs);
    await expectText(page, "connection", /^lost$/);
    await expectText(page, "verdict", /No connection to the server/);
    await page.getByTestId("verdict").click();
    await expectText(
      page,
      "alarm-of-page",
      /No connection to the server[^]*network[^]*since [-\d ]*\d\d:\d\d:\d\d UTC, 3.min/,
    );
    const rightAge = before + threeMinutesMs - 5_000;
    await vi.waitFor(async () => expect(await ageMs(page)).toBeGreaterThan(rightAge), polling);
    await vi.waitFor(() => expect(source.newest).toBeGreaterThan(newest + 5), polling);
    line.mend();
    await expectText(page, "connection", /^live$/);
    await vi.waitFor(async () => expect(await ageMs(page)).toBeLessThan(10_000), polling);
    expect(await page.getByTestId("alarm-of-page").count()).toBe(0);
    await expectNoGap(page, source);
  });

  it("is distinguished from a sleep of the machine", async () => {
    const { page, source } = await start();
    await page.clock.fastForward(threeMinutesMs);
    await expectText(page, "hop-browser", /was asleep 3.min/);
    await expectText(page, "connection", /^live$/);
    await vi.waitFor(async () => expect(await ageMs(page)).toBeLessThan(10_000), polling);
    await expectText(page, "verdict", /^(?!.*(silent|stopped|No connection))/);
    await expectNoGap(page, source);
  });
});
