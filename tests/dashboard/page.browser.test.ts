import { describe, expect, it, vi } from "vitest";
import { faultWords } from "../../pipeline/model/index.js";
import { BeatingSource } from "./beating-source.js";
import { chromium, polling, useBrowser, type Shown, type ShowOptions } from "./page-support.js";

describe.skipIf(chromium === null)("the page in a browser", { timeout: 240_000 }, () => {
  const { show: showAny } = useBrowser();

  async function show(
    source: BeatingSource,
    options: Omit<ShowOptions, "source"> = {},
  ): Promise<Shown & { source: BeatingSource }> {
    return { ...(await showAny({ source, ...options })), source };
  }

  it("shows changing numbers, every stage and a ledger that adds up, without errors", async () => {
    const { page, complaints, text, number } = await show(new BeatingSource(30));
    await page.getByTestId("total-hits").waitFor();
    await vi.waitFor(async () => expect(await text("connection")).toBe("live"), polling);
    const [first, since] = [await number("total-hits"), await number("since-start")];
    await vi.waitFor(async () => expect(await number("total-hits")).not.toBe(first), polling);
    await vi.waitFor(async () => expect(await number("since-start")).toBeGreaterThan(since), polling);
    expect(await text("ledger-verdict")).toContain("all rows accounted for");
    expect(await text("stream")).toContain("legnaro");
    expect(await text("demo")).toBe("DEMO");
    for (const hop of ["readout", "data_raw", "pipeline", "data_clean", "bridge", "browser"]) {
      await expect
        .poll(() => page.getByTestId(`hop-${hop}`).getAttribute("class"), polling)
        .toContain("is-good");
    }
    for (const tab of ["occupancy", "scintillator", "active", "drift", "history", "overview"]) {
      await page.getByTestId(`tab-${tab}`).click();
      await page.locator("canvas").first().waitFor();
    }
    expect(complaints).toEqual([]);
  });

  it("waits for the first window with a notice", async () => {
    const source = new BeatingSource(0);
    source.newest = Number.MAX_SAFE_INTEGER;
    const { text } = await show(source);
    await vi.waitFor(
      async () => expect(await text("empty")).toContain("Waiting for the first window"),
      polling,
    );
    source.give({ id: 5 });
    await vi.waitFor(async () => expect(await text("total-hits")).toMatch(/\d/), polling);
  });

  it("does not change while paused, counts the missed windows, and resumes without loss", async () => {
    const { page, source, text, number } = await show(new BeatingSource(10));
    await page.getByTestId("total-hits").waitFor();
    await page.keyboard.press("Space");
    const [hits, since] = [await number("total-hits"), await number("since-start")];
    const behind = /, ([4-9]|\d\d+) windows behind/;
    await vi.waitFor(async () => expect(await text("behind")).toMatch(behind), polling);
    expect(await text("pause")).toMatch(/^Resume · \d+$/);
    expect([await number("total-hits"), await number("since-start")]).toEqual([hits, since]);
    expect(await text("behind")).toMatch(/^Paused at \d\d:\d\d:\d\d UTC/);
    await page.getByTestId("pause").click();
    source.stop();
    await page.getByTestId("tab-history").click();
    await page.getByTestId(`history-${source.newest}`).waitFor();
    const ids = await page.locator("[data-testid=history] tbody th").allInnerTexts();
    expect(ids.map(Number)).toEqual(ids.map((_, i) => source.newest - i));
  });

  it("shows the growing age of the data on every plot when the source stops", async () => {
    const { page, source, text } = await show(new BeatingSource(10));
    await page.getByTestId("total-hits").waitFor();
    source.stop();
    const age = async (): Promise<number> =>
      Number(await page.getByTestId("data-age").getAttribute("data-age-ms"));
    const before = await age();
    await vi.waitFor(async () => expect(await age()).toBeGreaterThan(before + 2_500), polling);
    await vi.waitFor(async () => expect(await text("verdict")).toMatch(/silent|stopped/), polling);
    await vi.waitFor(
      async () =>
        expect(await page.locator(".plot .stale").count()).toBe(await page.locator(".plot").count()),
      polling,
    );
    expect(await text("connection")).toBe("live");
    source.resume();
    await vi.waitFor(async () => expect(await page.locator(".plot .stale").count()).toBe(0), polling);
  });

  it("marks a corrected window in the history and updates its numbers", async () => {
    const { page, source } = await show(new BeatingSource(10));
    source.stop();
    await page.getByTestId("tab-history").click();
    source.give({ id: source.newest, orbits: 700, revision: 1 });
    const row = page.locator("tr", { has: page.getByTestId(`history-${source.newest}`) });
    await row.getByText("corrected").waitFor();
    expect(await page.locator("[data-testid=history] tbody tr").count()).toBeGreaterThanOrEqual(10);
  });

  it("shows a past window by its number, and returns to the live view", async () => {
    const { page, source, text, number } = await show(new BeatingSource(60));
    const old = source.newest - 50;
    await page.getByTestId("tab-history").click();
    await page.getByTestId("history").hover();
    await page.mouse.wheel(0, 300);
    await page.getByTestId(`history-${old}`).click();
    await vi.waitFor(async () => expect(await text("selected")).toContain(`Window ${old}`), polling);
    await page.getByTestId("tab-overview").click();
    await page.getByTestId("span-1").click();
    await page.getByTestId("total-hits").waitFor();
    const hits = await number("total-hits");
    const { newest } = source;
    await vi.waitFor(() => expect(source.newest).toBeGreaterThan(newest + 2), polling);
    expect(await number("total-hits")).toBe(hits);
    await page.getByTestId("back-to-live").click();
    await vi.waitFor(async () => expect(await number("total-hits")).not.toBe(hits), polling);
  });

  it("switches faults in practice", async () => {
    const { page, source } = await show(new BeatingSource(5));
    await page.getByTestId("practice-open").click();
    await page.getByTestId("practice-dead_layer").locator("input").click();
    await vi.waitFor(() => expect(source.faults.dead_layer).toEqual({ chamber: 1, layer: 3 }), polling);
    await page.locator(".practice li.switched-on").waitFor();
    await page.getByTestId("practice-clear").click();
    await vi.waitFor(() => expect(source.faults.dead_layer).toBeNull(), polling);
  });

  it("switches a detector fault with a place and a strength in practice", async () => {
    const { page, source } = await show(new BeatingSource(5));
    await page.getByTestId("practice-open").click();
    await page.getByTestId("fault-kind").selectOption("layers_exchanged");
    await page.getByTestId("fault-layer").selectOption("3");
    // The second layer must differ from the first.
    expect(await page.getByTestId("fault-other_layer").locator("option").allTextContents()).toEqual([
      "1",
      "2",
      "4",
    ]);
    await page.getByTestId("fault-kind").selectOption("layer_loss");
    await page.getByTestId("fault-chamber").selectOption("2");
    await page.getByTestId("fault-layer").selectOption("4");
    await page.getByTestId("fault-strength").fill("0.1");
    // Windows that arrive while it is being typed do not change it.
    const newest = await page.getByTestId("last-data").getAttribute("data-window-id");
    await expect
      .poll(() => page.getByTestId("last-data").getAttribute("data-window-id"), polling)
      .not.toBe(newest);
    expect(await page.getByTestId("fault-strength").inputValue()).toBe("0.1");
    await page.getByTestId("fault-add").click();
    const fault = { kind: "layer_loss", chamber: 2, layer: 4, strength: 0.1 };
    await vi.waitFor(() => expect(source.faults.detector).toEqual([fault]), polling);
    const shown = page.getByTestId("detector-fault");
    await vi.waitFor(
      async () => expect(await shown.textContent()).toContain("chamber 2, layer 4, remaining hits 10 %"),
      polling,
    );
    await shown.getByRole("button").click();
    await vi.waitFor(() => expect(source.faults.detector).toEqual([]), polling);
  });

  it("hides a fault until it is revealed", async () => {
    const { page, source } = await show(new BeatingSource(5));
    await page.getByTestId("practice-open").click();
    await page.getByTestId("surprise").click();
    await page.getByTestId("surprise-running").waitFor();
    expect(await page.getByTestId("detector-fault").count()).toBe(0);
    await page.getByTestId("practice-clear").click();
    await page.locator(".practice [role=alert]").waitFor();
    const hidden = source.faults.detector;
    await page.getByTestId("surprise-reveal").click();
    const answer = page.getByTestId("surprise-revealed");
    await answer.waitFor();
    const [fault] = hidden;
    expect(await answer.textContent()).toContain(fault === undefined ? "No fault" : faultWords(fault));
    await page.getByTestId("practice-clear").click();
    await vi.waitFor(() => expect(source.faults.detector).toEqual([]), polling);
  });

  it("keeps a zoom during updates until it is reset", async () => {
    const { page, number } = await show(new BeatingSource(10));
    const plot = page.getByTestId("chart-drift");
    const box = (await plot.locator("canvas").boundingBox())!;
    const y = box.y + box.height / 2;
    await page.mouse.move(box.x + box.width * 0.3, y);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.6, y, { steps: 5 });
    await page.mouse.up();
    const reset = plot.getByRole("button", { name: "Reset zoom" });
    await reset.waitFor();
    const before = await number("since-start");
    await vi.waitFor(async () => expect(await number("since-start")).toBeGreaterThan(before), polling);
    expect(await reset.isVisible()).toBe(true);
    await plot.focus();
    await page.keyboard.press("r");
    await reset.waitFor({ state: "detached" });
    await page.keyboard.press("l");
    expect(await plot.getByRole("button", { name: "log" }).getAttribute("aria-pressed")).toBe("true");
  });

  it("follows the system's colour scheme, and keeps its own choice", async () => {
    const { page } = await show(new BeatingSource(3), { colorScheme: "dark" });
    await page.locator(".v-theme--dark").first().waitFor();
    await page.getByTestId("theme").click();
    await page.locator(".v-theme--light").first().waitFor();
    await page.reload();
    await page.locator(".v-theme--light").first().waitFor();
  });

  it("has a stable layout when numbers change", async () => {
    const { page, number } = await show(new BeatingSource(10));
    await page.getByTestId("total-hits").waitFor();
    const places = (): Promise<string[]> =>
      page
        .locator(".card, .hop, .ledger")
        .evaluateAll((all) => all.map((one) => JSON.stringify(one.getBoundingClientRect())));
    const before = await places();
    const since = await number("since-start");
    await vi.waitFor(async () => expect(await number("since-start")).toBeGreaterThan(since), polling);
    expect(await places()).toEqual(before);
  });

  it("fits every screen from a laptop to a wall display, and the width of a phone", async () => {
    const { page } = await show(new BeatingSource(60));
    await page.locator("canvas").first().waitFor();
    const overflow = (): Promise<[number, number]> =>
      page.evaluate(() => {
        const { scrollWidth, scrollHeight, clientWidth, clientHeight } = document.documentElement;
        return [scrollWidth - clientWidth, scrollHeight - clientHeight];
      });
    for (const [width, height] of [
      [1366, 768],
      [1920, 1080],
      [3840, 2160],
    ] as const) {
      await page.setViewportSize({ width, height });
      for (const tab of ["occupancy", "history", "overview"]) {
        await page.getByTestId(`tab-${tab}`).click();
        await page.locator("canvas").first().waitFor();
        const name = `${tab} at ${width} x ${height}`;
        await vi.waitFor(async () => expect(await overflow(), name).toEqual([0, 0]), polling);
      }
    }
    await page.setViewportSize({ width: 390, height: 844 });
    await vi.waitFor(async () => expect((await overflow())[0]).toBe(0), polling);
  });
});
