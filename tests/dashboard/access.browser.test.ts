/** Accessibility of the page: axe's rules, use by keyboard, text in addition to colours. */
import { describe, expect, it, vi } from "vitest";
import { BeatingSource } from "./beating-source.js";
import { axeViolations } from "./axe.js";
import { chromium, polling, useBrowser } from "./page-support.js";

describe.skipIf(chromium === null)("axe finds nothing wrong", { timeout: 240_000 }, () => {
  const { show } = useBrowser();

  it.each([
    ["light", "?panel=alarms"],
    ["dark", "?tab=occupancy&form=cells&cell=1.17&panel=practice"],
  ] as const)("in %s colours", async (colorScheme, query) => {
    const { page } = await show({ source: new BeatingSource(30), colorScheme, query });
    await page.locator("canvas, .cell-map").first().waitFor();
    expect(await axeViolations(page)).toEqual([]);
  });

  it("with help, table and pause open", async () => {
    const { page } = await show({ source: new BeatingSource(30) });
    await page.locator("canvas").first().waitFor();
    await page.keyboard.press("Space");
    await page.getByTestId("chart-drift").focus();
    await page.keyboard.press("t");
    await page.locator(".plot-table").first().waitFor();
    expect(await axeViolations(page)).toEqual([]);
    await page.keyboard.press("?");
    await page.getByTestId("help").waitFor();
    expect(await axeViolations(page)).toEqual([]);
  });
});

describe.skipIf(chromium === null)("with the keyboard alone", { timeout: 240_000 }, () => {
  const { show } = useBrowser();

  it("the cells of a chamber can be visited by arrow keys and chosen", async () => {
    const { page, text } = await show({ source: new BeatingSource(5), query: "?tab=occupancy&form=cells" });
    const map = page.getByTestId("chart-occupancy-1");
    await map.getByTestId("cell-0").focus();
    for (const key of ["ArrowDown", "ArrowRight", "ArrowDown", "Enter"]) await page.keyboard.press(key);
    // From cell 0 (layer 4, wire 0): down to layer 3, right to wire 1, down to layer 2 is cell 5.
    await vi.waitFor(async () => expect(await text("cell-detail")).toContain("cell 5"), polling);
    expect(await text("cell-detail")).toMatch(/Layer\s+2\s+Wire\s+1\s+TDC channel\s+69\s+FPGA\s+0/);
    expect(page.url()).toContain("cell=1.5");
    await page.keyboard.press("Escape");
    await page.getByTestId("cell-detail").waitFor({ state: "detached" });
  });

  it("every control can be reached and shows its focus", async () => {
    const { page } = await show({ source: new BeatingSource(5) });
    await page.locator("canvas").first().waitFor();
    const reached = new Set<string>();
    for (let i = 0; i < 60; i += 1) {
      await page.keyboard.press("Tab");
      const name = await page.evaluate(() => {
        const focused = document.activeElement;
        const style = focused === null ? null : getComputedStyle(focused);
        const seen = style !== null && (style.outlineStyle !== "none" || style.boxShadow !== "none");
        return `${focused?.getAttribute("data-testid") ?? focused?.tagName ?? ""}${seen ? "" : " unseen"}`;
      });
      reached.add(name);
    }
    for (const testid of ["pause", "alarms-open", "evidence", "theme", "verdict", "chart-hits", "span-start"])
      expect([...reached]).toContain(testid);
  });
});
