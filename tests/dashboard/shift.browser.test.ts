/** What a shift needs of the past: lights against time, remarks, trends; in a real browser with a bridge and its rules. */
import type { Page } from "playwright-core";
import { describe, expect, it, vi } from "vitest";
import { BeatingSource } from "./beating-source.js";
import { chromium, patience, useBrowser, type Shown } from "./page-support.js";

const spoken = (page: Page): Promise<string> =>
  page.getByTestId("chart-hits").getByTestId("time-strip").locator("ul").innerText();

describe.skipIf(chromium === null)("the page of a shift", { timeout: 60_000 }, () => {
  const { show, browser } = useBrowser();

  async function showBeating(past: number, query = ""): Promise<Shown & { source: BeatingSource }> {
    const source = new BeatingSource(past);
    const shown = await show({ source, query });
    await shown.page.locator("canvas").first().waitFor();
    return { ...shown, source };
  }

  it("shows the states of the lights under the rate, and the lights of a past window as of then", async () => {
    const { page, source, text, complaints } = await showBeating(40);
    source.silentChambers = [2];
    await page.locator("[data-testid=light-2].is-bad").waitFor();
    await vi.waitFor(
      async () => expect(await spoken(page)).toMatch(/Chamber 2: bad, \d\d:\d\d:\d\d–.* UTC: no hits/),
      patience,
    );
    expect(await spoken(page)).toMatch(/Alarm, .* UTC: Chamber 2: no hits/);
    const faulty = source.newest;
    source.silentChambers = [];
    await page.locator("[data-testid=light-2]:not(.is-bad)").waitFor();
    await page.goto(`${page.url()}?window=${faulty}`);
    await page.locator("[data-testid=light-2].is-bad").waitFor();
    expect(await text("lights-label")).toMatch(/^Lights at \d\d:\d\d:\d\d UTC/);
    expect(await text("lights-now")).toMatch(/Now: /);
    await page.getByTestId("lights-now").click();
    await page.locator("[data-testid=light-2]:not(.is-bad)").waitFor();
    expect(await page.getByTestId("lights-label").count()).toBe(0);
    expect(complaints).toEqual([]);
  });

  it("says that the lights are of now beside plots that are paused", async () => {
    const { page, text } = await showBeating(20);
    await page.getByTestId("total-hits").waitFor();
    await page.keyboard.press("Space");
    await vi.waitFor(
      async () => expect(await text("lights-label")).toMatch(/^Lights of now; plots of \d\d:\d\d:\d\d UTC$/),
      patience,
    );
  });

  it("keeps remarks that somebody types, shows them to others, and takes them back", async () => {
    const { page, bridge, text, complaints } = await showBeating(40);
    await page.keyboard.press("m");
    await page.getByTestId("remark-text").fill("gas <b>changed</b>");
    expect(await page.getByTestId("remark-write").isDisabled()).toBe(true);
    await page.getByTestId("remark-by").fill("Ada");
    await page.getByTestId("remark-write").click();
    await vi.waitFor(async () => expect(await text("remark-list")).toContain("gas <b>changed</b>"), patience);
    await page.getByTestId("remark-text").fill("hall lights off");
    await page.getByTestId("remark-when").selectOption("span");
    await page.getByTestId("remark-write").click();
    await vi.waitFor(async () => expect(await text("remark-list")).toContain("hall lights off"), patience);
    await vi.waitFor(
      async () => expect(await spoken(page)).toMatch(/Remark, [-\d: ]+ UTC: gas <b>changed<\/b> \(Ada\)/),
      patience,
    );
    expect(await spoken(page)).toMatch(/Remark, .*–.* UTC: hall lights off \(Ada\)/);

    const other = await browser().newPage();
    await other.goto(`${bridge.url}?panel=remarks`);
    await other.getByText("gas <b>changed</b>").first().waitFor();
    await other.close();
    await page.getByTestId("remark-list").getByRole("button", { name: "Withdraw gas" }).click();
    await page.locator(".remarks .withdrawn", { hasText: "gas" }).waitFor();
    await vi.waitFor(async () => expect(await spoken(page)).not.toContain("gas"), patience);
    expect(complaints).toEqual([]);
  });

  it("shows trends of derived quantities over time and runs, and keeps the choice in the address", async () => {
    const { page, bridge, complaints } = await showBeating(700, "?tab=history");
    await page.getByTestId("quantity").selectOption("drift_end_ns");
    await page.getByTestId("trend-24").click();
    expect(page.url()).toMatch(/quantity=drift_end_ns&trend=24/);
    const url = new URL(`/api/v1/quantities?from_ms=0&to_ms=${Date.now() + 1000}`, bridge.url);
    const points = (await (await fetch(url)).json()) as { chambers: { drift_end_ns: [number, number] }[] }[];
    const card = page.getByTestId("chart-quantity");
    await card.hover();
    await page.keyboard.press("t");
    const cell = card.locator("tbody td").first();
    await vi.waitFor(
      async () =>
        expect(
          Math.abs(Number(await cell.innerText()) - points[0]!.chambers[0]!.drift_end_ns[0]),
        ).toBeLessThan(1),
      patience,
    );
    await page.getByTestId("trend-runs").click();
    expect(complaints).toEqual([]);
  });
});
