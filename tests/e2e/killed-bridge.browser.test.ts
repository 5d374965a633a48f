/** The system is killed, as by a power cut, while a page stays open. */
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { startMuonitor, type RealProcess } from "../cli/real-process.js";
import { findChromium, launch } from "../helpers/browser.js";
import { scratchFolder } from "../helpers/scratch.js";
import { polling } from "./practice.js";

/** High enough that the list shows all windows. */
const viewport = { width: 1366, height: 4000 };

describe.skipIf(findChromium() === null)("a bridge that is killed", { timeout: 300_000 }, () => {
  const scratch = scratchFolder();
  let browser: Browser;
  beforeAll(async () => void (browser = await launch(String(findChromium()))));
  afterAll(() => browser.close());

  async function start(port: number): Promise<{ running: RealProcess; url: string }> {
    const options = ["--port", String(port), "--window", "1", "--rate", "500", "--state-dir", scratch.path];
    const running = startMuonitor(["up", ...options], scratch.path);
    onTestFinished(() => kill(running));
    const output = (): string => running.stdout() + running.stderr();
    await expect.poll(output, polling).toMatch(/live at http:\S+/);
    return { running, url: /live at (http:\S+)/.exec(output())![1]! };
  }

  async function kill(running: RealProcess): Promise<void> {
    running.signal("SIGKILL");
    await running.ended;
  }

  const text = (page: Page, testid: string): Promise<string> => page.getByTestId(testid).innerText();
  const windows = async (page: Page): Promise<number[]> =>
    (await page.locator("[data-testid=history] tbody th").allInnerTexts()).map(Number);
  const newest = async (page: Page): Promise<number> => (await windows(page))[0] ?? 0;

  it("is shown as disconnected, and after a restart serves the same page with everything on its disk", async () => {
    const first = await start(0);
    const page = await browser.newPage({ viewport });
    await page.goto(`${first.url}?tab=history&panel=run`);
    await page.getByTestId("run-next").fill("42");
    await page.getByTestId("run-start").click();
    await expect.poll(() => text(page, "run-open"), polling).toMatch(/^Run 42/);
    await expect.poll(async () => (await windows(page)).length, polling).toBeGreaterThan(4);

    await kill(first.running);
    await expect.poll(() => text(page, "connection"), polling).toMatch(/reconnecting|lost/);
    await expect.poll(() => text(page, "verdict"), polling).toContain("No connection to the server");
    const before = await windows(page);

    const second = await start(Number(new URL(first.url).port));
    await expect.poll(() => text(page, "connection"), polling).toBe("live");
    await expect.poll(() => newest(page), polling).toBeGreaterThan(before[0]! + 1);
    const after = await windows(page);
    expect(after.slice(after.indexOf(before[0]!))).toEqual(before);
    expect(after).toEqual([...new Set(after)].sort((a, b) => b - a));
    expect(await text(page, "run-open")).toMatch(/^Run 42/);

    // A new page gets only windows from the disk; at most the last window before the kill was not yet stored.
    const other = await browser.newPage({ viewport });
    await other.goto(`${second.url}?tab=history`);
    await other.getByTestId(`history-${before.at(-1)}`).waitFor();
    const stored = await windows(other);
    expect(before.slice(1).filter((id) => !stored.includes(id))).toEqual([]);
    expect(await text(other, "run-open")).toMatch(/^Run 42/);
  });
});
