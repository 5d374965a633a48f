/** Muons, read-out and events on the page, with simulated windows. */
import { readFileSync } from "node:fs";
import type { Page } from "playwright-core";
import { describe, expect, it, vi } from "vitest";
import type { WindowMessage } from "../../pipeline/model/index.js";
import { SimulatedWindows, type SimulatedWindowsOptions } from "../../producer/simulated-windows.js";
import { axeViolations } from "./axe.js";
import { chromium, polling, useBrowser } from "./page-support.js";
import { StillSource } from "./support.js";

const windowMs = 5_000;

/** Some windows of a simulated telescope. */
class SimulatedSource extends StillSource {
  constructor(count: number, options: SimulatedWindowsOptions = {}) {
    super(new SimulatedWindows({ rateHz: 2000, ...options }).take(count));
  }

  sum(of: (message: WindowMessage) => number): number {
    return this.windows.reduce((total, message) => total + of(message), 0);
  }
}

async function saved(page: Page, action: () => Promise<void>): Promise<{ name: string; text: string }> {
  const [file] = await Promise.all([page.waitForEvent("download"), action()]);
  return { name: file.suggestedFilename(), text: readFileSync(await file.path(), "utf8") };
}

/** Replaces thin spaces by plain spaces. */
const plain = (text: string): string => text.replaceAll("\u202F", " ");

describe.skipIf(chromium === null)("the tab of muons", { timeout: 240_000 }, () => {
  const { show, browser } = useBrowser();

  it("shows segments of all chambers or of one, with their statistics", async () => {
    const source = new SimulatedSource(6);
    const { page, complaints, text } = await show({ source, query: "?tab=muons" });
    await page.getByTestId("chart-angle").locator("canvas").waitFor();
    expect(await page.locator(".segments canvas").count()).toBe(6);
    await page.getByTestId("chamber-2").click();
    await vi.waitFor(() => expect(page.url()).toContain("chamber=2"), polling);
    const segments = source.sum((message) => message.segment_chamber!["2"]!.count);
    await vi.waitFor(
      async () =>
        expect((await text("muons-summary")).replaceAll("\u202F", "")).toMatch(
          new RegExp(`^${segments} segments`),
        ),
      polling,
    );
    const angle = page.getByTestId("chart-angle");
    expect(plain(await angle.locator(".card-note").innerText())).toMatch(
      /^n [\d ]+ · mean −?[\d.]+° · RMS [\d.]+°/,
    );
    await angle.hover();
    const { text: csv } = await saved(page, () => page.keyboard.press("c"));
    const bins = csv.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
    const sums = source.windows[0]!.segment_chamber!["2"]!.angle.hist_counts.map((_, bin) =>
      source.sum((message) => message.segment_chamber!["2"]!.angle.hist_counts[bin]!),
    );
    expect(bins[0]).toBe("x,segments,error");
    expect(bins.slice(1).map((line) => Number(line.split(",")[1]))).toEqual(sums);
    expect(complaints).toEqual([]);
  });

  it("shows cells, trigger words and read-out, accessible to all", async () => {
    const source = new SimulatedSource(4);
    const { page, bridge, complaints, text } = await show({ source, query: "?tab=muons&part=cells" });
    await page.getByTestId("chart-cellnoise-3").waitFor();
    expect(await page.locator(".cell-map").count()).toBe(8);
    expect(await axeViolations(page)).toEqual([]);
    await page.getByTestId("part-words").click();
    await page.getByTestId("chart-word-dt0-1").locator("canvas").waitFor();
    const candidates = source.sum((message) => message.trigger_words!["0"]!.candidates);
    expect(plain(await text("words-0")).replaceAll(" ", "")).toContain(`${candidates}candidates`);
    expect(await axeViolations(page)).toEqual([]);
    await page.goto(`${bridge.url}?tab=readout`);
    await page.getByTestId("chart-bxbits-1").locator("canvas").waitFor();
    const row = plain(await text("fpga-1"));
    expect(row).toContain("138: ");
    expect(row).toContain("1.00 ×");
    expect(await page.getByTestId("timing-scintillator").innerText()).toContain("%");
    expect(await axeViolations(page)).toEqual([]);
    expect(complaints).toEqual([]);
  });

  it("compares with a reference", async () => {
    const source = new SimulatedSource(8);
    const { page, bridge } = await show({ source, query: "?tab=muons&chamber=0" });
    const body = JSON.stringify({ name: "good", span: { windows: 4 }, confirm: true });
    const headers = { "content-type": "application/json" };
    const taken = await fetch(new URL("api/v1/references", bridge.url), { method: "POST", headers, body });
    const { id } = (await taken.json()) as { id: string };
    await fetch(new URL("api/v1/chosen-reference", bridge.url), {
      method: "PUT",
      headers,
      body: JSON.stringify({ id }),
    });
    await page.getByTestId("chart-angle").locator("canvas").waitFor();
    await page.getByTestId("reference-toggle").click();
    await vi.waitFor(
      async () => expect(await page.getByTestId("reference-toggle").innerText()).toBe("vs good"),
      polling,
    );
    await page.getByTestId("chart-angle").hover();
    const { text: json } = await saved(page, () => page.keyboard.press("j"));
    expect(JSON.parse(json)).toMatchObject({
      reference: "good",
      columns: ["x", "segments", "error", "reference"],
    });
  });

  it("compares with two references and a past run by name, and the URL shows the same elsewhere", async () => {
    const source = new SimulatedSource(24);
    const { page, bridge, complaints, text } = await show({ source, query: "?tab=muons&chamber=0" });
    const send = (path: string, body: object): Promise<Response> =>
      fetch(new URL(`api/v1/${path}`, bridge.url), {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(body),
      });
    for (const name of ["monday", "tuesday"])
      expect((await send("references", { name, span: { windows: 6 }, confirm: true })).status).toBe(200);
    // A run of two windows that has ended.
    expect((await send("runs", { number: 12 })).status).toBe(200);
    const firstId = Math.floor(Date.now() / windowMs);
    for (const message of new SimulatedWindows({ firstId, seed: 9 }).take(2)) source.sink.window(message);
    expect((await send("runs/stop", {})).status).toBe(200);
    await page.getByTestId("reference-open").click();
    for (const [name, shown] of [
      ["reference-monday", "vs monday"],
      ["reference-tuesday", "vs monday + 1"],
      ["compare-run-12", "vs monday + 2"],
    ] as const) {
      await page.getByTestId(name).click();
      await vi.waitFor(async () => expect(await text("reference-toggle")).toBe(shown), polling);
    }
    expect(page.url()).toMatch(/[?&]runs=12(&|$)/);
    const other = await browser().newPage();
    await other.goto(page.url());
    await vi.waitFor(
      async () => expect(await other.getByTestId("reference-toggle").innerText()).toBe("vs monday + 2"),
      polling,
    );
    await other.getByTestId("chart-angle").hover();
    const { text: json } = await saved(other, () => other.keyboard.press("j"));
    expect(JSON.parse(json)).toMatchObject({
      reference: "monday, tuesday, run 12",
      columns: ["x", "segments", "error", "reference monday", "reference tuesday", "reference run 12"],
    });
    expect(await axeViolations(other)).toEqual([]);
    await other.close();
    expect(complaints).toEqual([]);
  });

  it("shows a note when windows have no segments", async () => {
    const source = new SimulatedSource(1);
    for (const message of source.windows) delete message.segment_chamber;
    const { page } = await show({ source, query: "?tab=muons" });
    await page.getByTestId("no-muons").waitFor();
  });
});

describe.skipIf(chromium === null)("a click on a red light", { timeout: 240_000 }, () => {
  const { show } = useBrowser();

  it("opens the plot and chamber of the fault, over the windows that the rule judged", async () => {
    const fault = { kind: "layer_loss", chamber: 2, layer: 3, strength: 0.3 } as const;
    const source = new SimulatedSource(12, { faults: [{ fault, from: 6 }] });
    const { page, complaints } = await show({ source });
    const light = page.getByTestId("light-2");
    await vi.waitFor(async () => expect(await light.innerText()).toMatch(/efficiency/), polling);
    await light.click();
    const plot = page.getByTestId("chart-efficiency");
    await plot.locator("canvas").waitFor();
    expect(page.url()).toMatch(/tab=muons/);
    expect(page.url()).toMatch(/chamber=2/);
    expect(page.url()).toMatch(/at=efficiency/);
    const judged = await page.evaluate(async () => {
      const answer = await fetch("api/v1/quality");
      const quality = (await answer.json()) as {
        findings: { rule: string; numbers: { windows?: number } }[];
      };
      return quality.findings.find(({ rule }) => rule === "layer-efficiency")?.numbers.windows;
    });
    expect(judged).toBeLessThan(12);
    expect(new URL(page.url()).searchParams.get("span")).toBe(String(judged));
    expect(
      await plot.evaluate((card) => card.classList.contains("pointed") && card === document.activeElement),
    ).toBe(true);
    // A click on the alarm does the same.
    await page.getByTestId("tab-overview").click();
    await page.getByTestId("verdict").click();
    await page.getByTestId("alarm-layer-efficiency").getByTestId("show-plot").click();
    await plot.locator("canvas").waitFor();
    expect(await axeViolations(page)).toEqual([]);
    expect(complaints).toEqual([]);
  });
});

describe.skipIf(chromium === null)("the event display", { timeout: 240_000 }, () => {
  const { show, browser } = useBrowser();

  it("steps through the muons, stops while paused, and is saved as SVG", async () => {
    const source = new SimulatedSource(2);
    const { page, bridge, complaints, text } = await show({ source, query: "?tab=muons&part=events" });
    await page.getByTestId("event-picture").locator("circle").first().waitFor();
    const first = await text("event-place");
    await page.getByTestId("events").focus();
    await page.keyboard.press("ArrowLeft");
    await vi.waitFor(async () => expect(await text("event-place")).not.toBe(first), polling);
    const second = await text("event-place");
    const orbit = /event=(\d+)/.exec(page.url())?.[1];
    expect(second.replace(/\D*(\d[\d\s\u202F]*\d) ·.*/, "$1").replace(/\D/g, "")).toBe(orbit);
    // New windows do not change the shown event.
    const next = new SimulatedWindows({ firstId: source.windows.at(-1)!.msg_ID + 1, seed: 4 }).take(1);
    source.sink.window(next[0]!);
    await vi.waitFor(
      async () =>
        expect(await page.getByTestId("last-data").getAttribute("data-window-id")).toBe(
          String(next[0]!.msg_ID),
        ),
      polling,
    );
    expect(await text("event-place")).toBe(second);
    const { name, text: svg } = await saved(page, () => page.keyboard.press("s"));
    expect(name).toBe(`muonitor-event-${orbit}.svg`);
    expect(svg).toContain("DEMO");
    // The message has no trigger words for this muon: those of its window are shown, with a note.
    const shownWindow = source.windows.find(({ msg_ID }) => second.includes(`window ${msg_ID}`))!;
    const { candidates } = shownWindow.trigger_words!["0"]!;
    expect(plain(await text("event-words")).replaceAll(" ", "")).toContain(`FPGA0:${candidates}words`);
    expect(await text("event-words")).toMatch(/of this window.*do not assign words to single muons/);
    expect(svg).toMatch(/Trigger words of this window/);
    expect(await axeViolations(page)).toEqual([]);
    // Another browser shows the same event at the same URL.
    const other = await browser().newPage();
    await other.goto(`${bridge.url}?${page.url().split("?")[1]}`);
    await vi.waitFor(
      async () => expect(await other.getByTestId("event-place").innerText()).toBe(second),
      polling,
    );
    await other.close();
    await page.getByTestId("event-pause").click();
    await vi.waitFor(() => expect(page.url()).not.toContain("event="), polling);
    expect(complaints).toEqual([]);
  });
});
