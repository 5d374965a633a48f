/** All parts of the page fit the width of a laptop and of a phone, even with an alarm. */
import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { SimulatedWindows } from "../../producer/simulated-windows.js";
import { chromium, useBrowser } from "./page-support.js";
import { StillSource } from "./support.js";

class FaultySource extends StillSource {
  constructor() {
    const fault = { kind: "layer_loss", chamber: 1, layer: 3, strength: 0.3 } as const;
    super(new SimulatedWindows({ rateHz: 2500, faults: [{ fault, from: 6 }] }).take(14));
  }
}

/** All chambers have a reason of more than 150 characters. */
class DeadTimeSource extends StillSource {
  constructor() {
    const fault = { kind: "dead_time", strength: 0.3 } as const;
    const faults = [{ fault, from: 30 }];
    super(new SimulatedWindows({ preset: "legnaro-real", rateHz: 1000, faults }).take(36));
  }
}

/** Texts of elements that extend beyond the right edge of their box. */
function beyond(page: Page, box: string, parts: string): Promise<string[]> {
  return page.evaluate(
    ([boxes, inner]) =>
      [...document.querySelectorAll(boxes!)].flatMap((one) => {
        const { right } = one.getBoundingClientRect();
        return [...one.querySelectorAll(inner!)]
          .filter((part) => part.getBoundingClientRect().right > right + 1)
          .map((part) => (part as HTMLElement).innerText);
      }),
    [box, parts],
  );
}

describe.skipIf(chromium === null)("the page fits", { timeout: 240_000 }, () => {
  const { show } = useBrowser();

  it.each([
    [1366, 768],
    [390, 844],
  ])("with alarms, ledger and plots of trigger words at %i px", async (width, height) => {
    const { page, bridge } = await show({
      source: new FaultySource(),
      query: "?panel=alarms",
      viewport: { width, height },
    });
    await page.getByTestId("alarms-standing").getByTestId("alarm-layer-efficiency").waitFor();
    expect(await beyond(page, "[data-testid=alarms]", "li, p, button, input, select")).toEqual([]);
    expect(await beyond(page, ".ledger", "span, b")).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);

    await page.goto(`${bridge.url}?tab=muons&part=words`);
    await page.getByTestId("chart-word-dt0-1").locator("canvas").waitFor();
    expect(await beyond(page, ".words", ".plot, .card-note")).toEqual([]);
    const boxes = await page.locator(".words .plot").evaluateAll((plots) =>
      plots.map((one) => {
        const { left, right, top, bottom } = one.getBoundingClientRect();
        return { left, right, top, bottom };
      }),
    );
    const overlaps = boxes.flatMap((a, i) =>
      boxes
        .slice(i + 1)
        .filter((b) => a.left < b.right && b.left < a.right && a.top < b.bottom - 1 && b.top < a.bottom - 1),
    );
    expect(overlaps).toEqual([]);
  });

  it.each([
    [1366, 768],
    [390, 844],
  ])("and the lights show cause and place without cuts at %i px", async (width, height) => {
    const { page } = await show({ source: new DeadTimeSource(), viewport: { width, height } });
    const reasons = page.locator(".light-text strong");
    await reasons.filter({ hasText: "dead time of the read-out" }).first().waitFor();
    const cut = await reasons.evaluateAll((all) =>
      all.filter((one) => one.scrollHeight > one.clientHeight + 1).map((one) => one.textContent),
    );
    expect(cut).toEqual([]);
    const outside = await page.locator(".light-tile").evaluateAll((tiles) =>
      tiles
        .filter((tile) => {
          const [{ top, bottom }, text] = [tile.getBoundingClientRect(), tile.querySelector(".light-text")];
          const inner = text?.getBoundingClientRect();
          return inner !== undefined && (inner.top < top - 1 || inner.bottom > bottom + 1);
        })
        .map((tile) => tile.textContent),
    );
    expect(outside).toEqual([]);
  });
});
