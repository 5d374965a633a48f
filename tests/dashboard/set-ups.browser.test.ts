/** Every set-up, from simulator through pipeline to page, has its own names, lights, cells, events and read-out. */
import { describe, expect, it, vi } from "vitest";
import { chamberName, t0SourcesOf, type DetectorConfig } from "../../pipeline/model/index.js";
import { SimulatedWindows } from "../../producer/simulated-windows.js";
import { scratchFolder } from "../helpers/scratch.js";
import { detectorNamed, setUps } from "../helpers/set-ups.js";
import { axeViolations } from "./axe.js";
import { chromium, polling, useBrowser } from "./page-support.js";
import { StillSource } from "./support.js";

const scratch = scratchFolder();

class SetUpSource extends StillSource {
  constructor(detector: DetectorConfig, faults: ConstructorParameters<typeof SimulatedWindows>[0] = {}) {
    super(new SimulatedWindows({ detector, rateHz: 3000, ...faults }).take(6));
  }
}

describe.skipIf(chromium === null)("the page of a set-up", { timeout: 240_000 }, () => {
  const { show } = useBrowser();

  it.each(setUps)("%s has its own names and numbers in all views", async (name, file) => {
    const detector = detectorNamed(scratch, name, file);
    const source = new SetUpSource(detector);
    const { page, bridge, complaints, text } = await show({ source, bridge: { detector } });
    const names = detector.chambers.map((_, chamber) => chamberName(detector, chamber));
    for (const [chamber, own] of names.entries()) {
      await vi.waitFor(
        async () => expect(await text(`light-${chamber}`)).toContain(`Chamber ${own}`),
        polling,
      );
      const hits = source.windows.at(-1)!.hit_count_chamber[chamber]!;
      expect((await text(`hits-${chamber}`)).replaceAll(/\D/g, "")).toBe(String(hits));
    }
    expect(await page.getByTestId(`light-${names.length}`).count()).toBe(0);
    const hasTiming = t0SourcesOf(detector).length > 0;
    expect(await page.getByTestId("light-scintillator").count()).toBe(hasTiming ? 1 : 0);
    // No horizontal scroll bar, and no text beyond the edge of the page.
    expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(
      0,
    );

    await page.goto(`${bridge.url}?tab=muons&part=events`);
    await page.getByTestId("event-picture").locator("circle").first().waitFor();
    const drawn = await page.getByTestId("event-picture").locator("text").allTextContents();
    const titles = drawn.map((words) => words.trim().replaceAll("\u202F", ""));
    for (const [chamber, own] of names.entries()) {
      const heightMm = Math.round(detector.chambers[chamber]!.heightMm);
      expect(titles).toContain(`Chamber ${own} · z ${heightMm} mm`);
    }
    await page.goto(`${bridge.url}?tab=muons&part=cells&chamber=0`);
    await page.getByTestId("chart-cellefficiency-0").waitFor();
    expect(await page.locator("[data-testid=chart-cellefficiency-0] .mask").count()).toBe(
      name === "eight" ? 1 : 0,
    );
    await page.goto(`${bridge.url}?tab=readout`);
    await page.getByTestId("chart-bxbits-0").or(page.getByTestId("chart-bxbits-3")).first().waitFor();
    const last = detector.readout.tdcBase + detector.readout.tdcPerBx - 1;
    const fpga = detector.chambers[0]!.fpga;
    await vi.waitFor(async () => expect(await text(`chart-tdc-${fpga}`)).toContain(`to ${last}.`), polling);
    expect(complaints).toEqual([]);
  });

  it.each(setUps.filter(([name]) => ["bologna-2022", "eight", "bench"].includes(name)))(
    "%s names the chamber of a fault as in its detector file",
    async (name, file) => {
      const detector = detectorNamed(scratch, name, file);
      const chamber = detector.chambers.length - 1;
      const fault = { kind: "layer_loss", chamber, layer: 3, strength: 0.02 } as const;
      const source = new SetUpSource(detector, { faults: [{ fault }] });
      const { page, bridge } = await show({ source, bridge: { detector }, query: "?panel=alarms" });
      const own = chamberName(detector, chamber);
      await page.getByTestId("alarms").getByText(`Chamber ${own}: `).first().waitFor();
      const answer = await fetch(new URL("api/v1/quality", bridge.url));
      const { findings } = (await answer.json()) as { findings: { chamber_name?: string }[] };
      expect(findings.map(({ chamber_name }) => chamber_name)).toContain(own);
      expect(await axeViolations(page)).toEqual([]);
    },
  );

  it("draws messages of a set-up that the bridge does not know, with a notice", async () => {
    const detector = detectorNamed(scratch, "eight", setUps.find(([name]) => name === "eight")![1]);
    const source = new SetUpSource(detector);
    const { page, text, complaints } = await show({ source });
    await vi.waitFor(async () => expect(await text("light-7")).toContain("Chamber 7"), polling);
    await page.getByText("messages are of set-up eight (8 chambers)", { exact: false }).first().waitFor();
    expect(complaints).toEqual([]);
  });
});
