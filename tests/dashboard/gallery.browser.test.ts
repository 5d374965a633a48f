import type { Page } from "playwright-core";
import { PNG } from "pngjs";
import { describe, expect, it } from "vitest";
import { chromium, root, useBrowser } from "./page-support.js";
import { compareWith } from "./pictures.js";
import { MemorySource } from "./support.js";

/** Tolerates text drawn by another version of the font library, but not a missing bar. */
const allowedDifference = 0.006;

describe.skipIf(chromium === null)("the gallery", { timeout: 240_000 }, () => {
  const { show } = useBrowser();

  async function pictures(page: Page): Promise<{ name: string; picture: Buffer }[]> {
    const cards = await page.locator("[data-testid^=case-]").all();
    const taken: { name: string; picture: Buffer }[] = [];
    for (const card of cards) {
      const name = (await card.getAttribute("data-testid")) ?? "";
      taken.push({ name, picture: await card.screenshot({ animations: "disabled" }) });
    }
    return taken;
  }

  it.each([
    ["light", "?gallery"],
    ["dark", "?gallery"],
    ["light", "?gallery&updated"],
  ] as const)("shows every chart unchanged, %s, %s", async (colorScheme, query) => {
    const viewport = { width: 1000, height: 800 };
    const { page, complaints } = await show({ source: new MemorySource(), query, colorScheme, viewport });
    await page.getByTestId("gallery").waitFor();
    await page.getByTestId("case-lights").waitFor();
    const taken = await pictures(page);
    expect(taken.length).toBeGreaterThan(14);
    const different = taken.flatMap(({ name, picture }) => {
      const file = `${name}-${colorScheme}.png`;
      const fraction = compareWith(
        `${root}/tests/dashboard/gallery/${file}`,
        picture,
        `${root}/tests/screenshots/different-${file}`,
      );
      return fraction > allowedDifference ? [`${file}: ${(100 * fraction).toFixed(2)} %`] : [];
    });
    expect(different).toEqual([]);
    expect(complaints).toEqual([]);
  });

  it("differs if a layer is dead", async () => {
    const { page } = await show({
      source: new MemorySource(),
      query: "?gallery",
      viewport: { width: 1000, height: 800 },
    });
    const healthy = await page.getByTestId("case-occupancy").locator("canvas").screenshot();
    const hot = await page.getByTestId("case-occupancy-hot").locator("canvas").screenshot();
    expect(PNG.sync.read(hot).width).toBe(PNG.sync.read(healthy).width);
    const file = `${root}/tests/screenshots/healthy.png`;
    const { mkdirSync, writeFileSync } = await import("node:fs");
    mkdirSync(`${root}/tests/screenshots`, { recursive: true });
    writeFileSync(file, healthy);
    expect(compareWith(file, hot, `${root}/tests/screenshots/different-hot.png`)).toBeGreaterThan(
      5 * allowedDifference,
    );
  });
});
