/** Windows older than those that the page loads at its start, opened by link, key, click or list, each with its own number. */
import { describe, expect, it, vi } from "vitest";
import type { Page } from "playwright-core";
import { Store } from "../../dashboard/bridge/index.js";
import type { StoreStatus } from "../../pipeline/model/index.js";
import { makeMessage } from "../helpers/messages.js";
import { beatMs, BeatingSource } from "./beating-source.js";
import { chromium, polling, useBrowser, type Shown } from "./page-support.js";

/** Number of windows that the page loads at its start; the bridge keeps more. */
const historyWindows = 30;
const past = 700;

describe.skipIf(chromium === null)("a window from long ago", { timeout: 240_000 }, () => {
  const { show, browser } = useBrowser();

  async function start(
    query: (source: BeatingSource) => string,
    options: object = {},
  ): Promise<Shown & { source: BeatingSource }> {
    const source = new BeatingSource(past);
    const shown = await show({ source, bridge: { historyWindows }, query: query(source), ...options });
    await shown.page.locator("canvas").first().waitFor();
    return { ...shown, source };
  }

  const hitsOf = (id: number): number =>
    makeMessage({ id, windowMs: beatMs, orbits: 150, silentChambers: [] }).hit_count;

  function shows(page: Page, id: number): Promise<unknown> {
    return vi.waitFor(async () => {
      expect(await page.getByTestId("selected").innerText()).toMatch(new RegExp(`^Window ${id}, [-0-9: ]+–`));
      const hits = (await page.getByTestId("total-hits").innerText()).replace(/\D/g, "");
      expect(Number(hits)).toBe(hitsOf(id));
    }, polling);
  }

  it.each(["dark", "light"] as const)(
    "is shown with its own number and time, and stepping continues from there, in %s colours",
    async (colorScheme) => {
      const { page, source, complaints } = await start(({ newest }) => `?window=${newest - 500}`, {
        colorScheme,
      });
      const old = source.newest;
      const id = Number(/window=(\d+)/.exec(page.url())![1]);
      expect(id).toBeLessThan(old - historyWindows);
      await shows(page, id);
      // Hit rate vs time stays current.
      const others = page.locator(".plot:not([data-testid=chart-hits])");
      const marks = others.locator(".stale");
      expect(await marks.count()).toBe(await others.count());
      expect(await marks.first().innerText()).toMatch(/^past, up to .*\d\d:\d\d:\d\d UTC$/);
      const table = page.getByTestId("hits-table");
      expect(await table.evaluate((one) => one.scrollHeight - one.clientHeight)).toBe(0);
      await page.keyboard.press("ArrowLeft");
      await shows(page, id - 1);
      await page.keyboard.press("ArrowRight");
      await shows(page, id);
      await page.keyboard.press("ArrowRight");
      await shows(page, id + 1);
      expect(complaints).toEqual([]);
    },
  );

  it("marks its plots in the line of the hint, where it covers nothing", async () => {
    const { page, source } = await start(({ newest }) => `?window=${newest - 5}&panel=alarms`);
    source.stop();
    for (const [width, tab] of [
      [1366, "overview"],
      [1366, "occupancy"],
      [390, "drift"],
    ] as const) {
      await page.setViewportSize({ width, height: 768 });
      await page.getByTestId(`tab-${tab}`).evaluate((one) => (one as HTMLElement).click());
      const mark = page.locator(".plot:not([data-testid=chart-hits]) .stale").first();
      await mark.waitFor();
      const apart = await page.locator(".plot:has(.stale)").evaluateAll((plots) =>
        plots.map((plot) => {
          const [own, body, head] = [".stale", ".plot-canvas", ".card-head"].map((one) =>
            plot.querySelector(one)!.getBoundingClientRect(),
          );
          return (
            own!.bottom <= body!.top + 1 && own!.top >= head!.bottom - 1 && own!.right <= body!.right + 1
          );
        }),
      );
      expect(apart).toEqual(apart.map(() => true));
    }
  });

  it("that the bridge does not have is reported as missing, with its number", async () => {
    const source = new BeatingSource(past);
    const { page, text } = await show({ source, bridge: { historyWindows }, query: "?window=7" });
    await vi.waitFor(
      async () =>
        expect(await page.locator(".pause-bar [role=alert]").innerText()).toMatch(/no longer has window 7$/),
      polling,
    );
    expect(await text("selected")).toBe("Window 7");
    // No empty plots, which would look like a dead detector.
    expect(await text("missing-window")).toMatch(
      /^Window 7 is not stored\s+The oldest stored window starts at/,
    );
    expect(await page.locator("main canvas").count()).toBe(0);
    expect(await text("lights-label")).toBe("Current lights; window 7 is not stored");
    await page.getByTestId("missing-live").click();
    await page.getByTestId("total-hits").waitFor();
    expect(page.url()).not.toContain("window=");
  });

  it("that the bridge no longer stores cannot be selected from the list", async () => {
    const source = new BeatingSource(100);
    const oldest_window_ms = (source.newest - 25) * beatMs;
    class SmallStore extends Store {
      override status(): StoreStatus {
        return { ...super.status(), oldest_window_ms };
      }
    }
    const store = new SmallStore({ file: null });
    const { page } = await show({ source, bridge: { store }, query: "?tab=history" });
    const old = page.getByTestId(`history-${source.newest - 60}`);
    await page.locator(".history-table .scroll").evaluate((one) => one.dispatchEvent(new Event("scroll")));
    await vi.waitFor(async () => expect(await old.isDisabled()).toBe(true), polling);
    expect(await page.locator("tr.lost", { has: old }).innerText()).toContain("not stored");
    await page.locator("tr.lost", { has: old }).click();
    expect(page.url()).not.toContain("window=");
    expect(await page.locator(".history-table .card-note").innerText()).toMatch(
      /^\d+ windows, \d+ stored · /,
    );
    await page.getByTestId(`history-${source.newest - 5}`).click();
    await vi.waitFor(() => expect(page.url()).toContain("window="), polling);
  });

  it("is opened by a click on the long history", async () => {
    const { page, source } = await start(() => "?tab=history&range=120");
    source.stop();
    const plot = page.getByTestId("chart-history");
    const own = Number.parseInt(await page.locator(".history-table .card-note").innerText());
    // When the long history is loaded, the plot has more windows than the page.
    await plot.focus();
    await page.keyboard.press("t");
    const points = (): Promise<number> => plot.locator("tbody tr").count();
    await vi.waitFor(async () => expect(await points()).toBeGreaterThan(own + 10), polling);
    await page.keyboard.press("t");
    const box = (await plot.locator("canvas").first().boundingBox())!;
    const known = source.newest - own;
    await page.mouse.click(box.x + box.width * 0.3, box.y + box.height / 2);
    await vi.waitFor(() => expect(page.url()).toMatch(/window=\d+/), polling);
    const id = Number(/window=(\d+)/.exec(page.url())![1]);
    expect(id).toBeLessThan(known);
    expect(id).toBeGreaterThan(source.newest - past - 100);
    await page.getByTestId("tab-overview").click();
    await shows(page, id);
  });

  it("is in the list, which contains all windows of the bridge", async () => {
    const { page, source } = await start(() => "?tab=history");
    source.stop();
    const more = page.getByTestId("show-older");
    const first = source.newest - past;
    const rows = page.locator("[data-testid=history] tbody th");
    await vi.waitFor(async () => {
      if ((await more.count()) > 0) await more.click();
      const ids = (await rows.allInnerTexts()).map(Number);
      expect(ids).toEqual(ids.map((_, i) => ids[0]! - i));
      expect(ids.at(-1)).toBeLessThanOrEqual(first + 1);
      expect(await more.count()).toBe(0);
    }, polling);
    const id = first + 50;
    await page.getByTestId(`history-${id}`).click();
    await page.getByTestId("tab-overview").click();
    await shows(page, id);
  });

  it("is in the link of the evidence, which shows the same window later", async () => {
    const { page, source, number } = await start(() => "");
    source.stop();
    await page.getByTestId("total-hits").waitFor();
    await vi.waitFor(async () => expect(await number("total-hits")).toBe(hitsOf(source.newest)), polling);
    const id = source.newest;
    const [file] = await Promise.all([page.waitForEvent("download"), page.keyboard.press("e")]);
    const stream = await file.createReadStream();
    const html = (await stream.toArray()).join("");
    const { link, window_id } = JSON.parse(/id="evidence">(.*?)<\/script>/.exec(html)![1]!) as {
      link: string;
      window_id: number;
    };
    expect(window_id).toBe(id);
    expect(link).toBe(`${page.url()}?window=${id}`);
    const covered = await page.locator(".covered").innerText();
    expect(covered).toMatch(/^12 windows/);
    // Enough new windows that a page opened now loads none of the old ones.
    for (let next = id + 1; next <= id + 40; next += 1) source.give({ id: next });
    const later = await browser().newPage({ viewport: { width: 1366, height: 768 } });
    await later.goto(link);
    await later.getByTestId("total-hits").waitFor();
    await shows(later, id);
    await vi.waitFor(async () => expect(await later.locator(".covered").innerText()).toBe(covered), polling);
    await later.close();
  });
});
