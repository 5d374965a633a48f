/** The panel of alarms: acknowledgements, names and comments, in a real browser with a bridge and its rules. */
import type { Locator, Page } from "playwright-core";
import { describe, expect, it, vi } from "vitest";
import type { RowSample } from "../../pipeline/model/index.js";
import { BeatingSource } from "./beating-source.js";
import { chromium, polling, useBrowser } from "./page-support.js";

describe.skipIf(chromium === null)("the panel of alarms", { timeout: 240_000 }, () => {
  const { show } = useBrowser();

  /** A page with the alarms of silent chambers. */
  async function showSilent(chambers: number[], query = ""): Promise<{ page: Page; alarms: Locator[] }> {
    const source = new BeatingSource(40);
    const { page } = await show({ source, query: `?panel=alarms${query}` });
    await page.locator("canvas").first().waitFor();
    source.silentChambers = chambers;
    const all = page.getByTestId("alarms-standing").getByTestId("alarm-silent-chamber");
    const alarms = chambers.map((chamber) => all.filter({ hasText: `Chamber ${chamber}: no hits` }));
    for (const alarm of alarms) await alarm.waitFor();
    return { page, alarms };
  }

  function expectText(place: Locator, words: RegExp): Promise<void> {
    return vi.waitFor(async () => expect(await place.innerText()).toMatch(words), polling);
  }

  it("acknowledges all, each with the comment written for it", async () => {
    const { page, alarms } = await showSilent([0, 2]);
    const [one, other] = alarms as [Locator, Locator];
    await page.getByTestId("shifter").fill("Ada");
    await one.getByTestId("acknowledge-comment").fill("HV tripped");
    // The comment outlasts a look at another panel.
    await page.getByTestId("remarks-open").click();
    await page.getByTestId("alarms-open").click();
    await page.getByTestId("acknowledge-all").click();
    await expectText(one, /✓ Ada, [\d:]+ UTC: HV tripped/);
    await expectText(other, /✓ Ada, [\d:]+ UTC$/m);
  });

  it("asks for the name at the first action, in its place, and then remembers it", async () => {
    const { page, alarms } = await showSilent([0, 2]);
    const [one, other] = alarms as [Locator, Locator];
    await one.getByTestId("acknowledge-comment").fill("HV tripped");
    await page.keyboard.press("Enter");
    await one.getByTestId("name-prompt").waitFor();
    await page.keyboard.press("Escape");
    expect(await page.getByTestId("name-prompt").count()).toBe(0);
    await one.getByTestId("acknowledge-comment").press("Enter");
    await page.keyboard.type("Ada");
    await page.keyboard.press("Enter");
    await expectText(one, /✓ Ada, [\d:]+ UTC: HV tripped/);
    expect(await page.getByTestId("shifter").inputValue()).toBe("Ada");
    await other.getByTestId("acknowledge").click();
    await expectText(other, /✓ Ada, /);
  });

  it("asks for the name before it acknowledges all or silences, and invents none", async () => {
    const { page, alarms } = await showSilent([0, 2]);
    const [one, other] = alarms as [Locator, Locator];
    await page.getByTestId("acknowledge-all").click();
    await page.getByTestId("name-prompt").getByRole("button", { name: "Cancel" }).click();
    await one.getByTestId("silence").selectOption("60");
    await page.getByTestId("name-prompt-name").fill("Grace");
    await page.keyboard.press("Enter");
    await expectText(one, /Silenced until [\d:]+ UTC by Grace/);
    await page.getByTestId("acknowledge-all").click();
    for (const alarm of [one, other]) await expectText(alarm, /✓ Grace, /);
  });

  it("shows the plot of a fault, and leads back to the windows shown before with one click", async () => {
    const { page, alarms } = await showSilent([2], "&span=60");
    await alarms[0]!.getByTestId("show-plot").click();
    await vi.waitFor(() => expect(page.url()).not.toContain("span=60"), polling);
    const back = page.getByTestId("back-to-span");
    expect(await back.innerText()).toBe("Back to last 60");
    await page.reload();
    await back.click();
    await vi.waitFor(() => expect(page.url()).toContain("span=60"), polling);
    expect(await back.count()).toBe(0);
    // A span that the reader selects needs no way back.
    await alarms[0]!.getByTestId("show-plot").click();
    await page.getByTestId("span-start").click();
    expect(await back.count()).toBe(0);
  });

  it("shows the rows of an alarm about rejected rows, of its kind", async () => {
    const source = new BeatingSource(40);
    const sample = (kind: RowSample["kind"], reason: string): RowSample => ({
      ...{ kind, reason, text: "", partition: null, offset: null, record_ms: null, seen_ms: 0 },
    });
    const samples = (): RowSample[] => [sample("malformed", "fields"), sample("late", "late")];
    const { page } = await show({ source, bridge: { samples }, query: "?panel=alarms" });
    await page.locator("canvas").first().waitFor();
    source.malformed = 500;
    const toRows = page
      .getByTestId("alarms-standing")
      .getByTestId("alarm-malformed")
      .getByTestId("show-plot");
    expect(await toRows.innerText()).toBe("show rows");
    await toRows.click();
    await page.getByTestId("rows").waitFor();
    await vi.waitFor(
      async () => expect(await page.locator(".samples li").allInnerTexts()).toHaveLength(1),
      polling,
    );
    expect(await page.getByTestId("kind-malformed: fields").getAttribute("aria-pressed")).toBe("true");
  });

  it("shows the hit rate at the time of a cleared alarm, until the way back to live", async () => {
    const source = new BeatingSource(40);
    const { page, text } = await show({ source, query: "?panel=alarms" });
    await page.locator("canvas").first().waitFor();
    source.silentChambers = [2];
    await page.getByTestId("alarms-standing").getByTestId("alarm-silent-chamber").first().waitFor();
    source.silentChambers = [];
    const cleared = page.getByTestId("alarms-cleared").getByTestId("alarm-silent-chamber").first();
    for (const leave of [
      () => page.getByTestId("back-to-live").click(),
      () => page.keyboard.press("Escape"),
    ]) {
      await cleared.getByTestId("show-plot").click();
      await page.getByTestId("tab-overview").click();
      await vi.waitFor(async () => expect(await text("chart-hits")).toContain("past, up to"), polling);
      expect(page.url()).toMatch(/around=\d+%3A\d+/);
      await vi.waitFor(async () => {
        await leave();
        expect(page.url()).not.toContain("around");
      }, polling);
      expect(await text("chart-hits")).not.toContain("past, up to");
      await page.goto(page.url().replace(/\?.*/, "?panel=alarms"));
    }
  });
});
