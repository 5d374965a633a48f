/** Files of other read-outs, through the whole system: the page shows their content. */
import { appendFileSync } from "node:fs";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from "vitest";
import { root } from "../../infra/bootstrap.js";
import { findChromium, launch, watchComplaints } from "../helpers/browser.js";
import { buildWithPage } from "../helpers/build.js";
import { scratchFolder } from "../helpers/scratch.js";
import { startMarked } from "../infra/marked-process.js";
import { bytesOf, markedBlocks, someHits, wordOf } from "../producer/layouts/words.js";

const scratch = scratchFolder();
const polling = { timeout: 60_000, interval: 200 };

describe.skipIf(findChromium() === null)("the page", { timeout: 120_000 }, () => {
  let browser: Browser;
  beforeAll(buildWithPage, 240_000);
  beforeAll(async () => void (browser = await launch(String(findChromium()))), 60_000);
  afterAll(() => browser.close());

  /** Starts a system with a file. @returns functions that read the page */
  async function show(options: string) {
    const state = scratch.folder(`state-${Math.random()}`);
    const system = startMarked(
      `npm run -s muonitor -- up --source file ${options} --port 0 --window 1 --state-dir ${state}`,
      root,
    );
    onTestFinished(async () => {
      system.interrupt();
      await system.ended;
    });
    const [, url = ""] = await system.waitForOutput(/live at (http:\S+)/);
    const page = await browser.newPage({ viewport: { width: 1920, height: 1080 } });
    onTestFinished(() => page.close());
    const complaints = await watchComplaints(page);
    await page.goto(url);
    const numberAt = async (id: string): Promise<number> =>
      Number((await page.getByTestId(id).innerText()).replace(/\D/g, ""));
    /** Waits for a number of hits; a failure contains what the system reports of them. */
    const waitForHits = async (hits: number): Promise<void> => {
      try {
        await vi.waitFor(async () => expect(await numberAt("since-start")).toBe(hits), polling);
      } catch (error) {
        const status = await (await fetch(new URL("api/status", url))).text();
        throw new Error(`${(error as Error).message}; ${status}; ${system.output()}`, { cause: error });
      }
    };
    const text = (): Promise<string> => page.locator("body").innerText();
    return { waitForHits, text, complaints, output: system.output };
  }

  it("shows the hits and the run number of words in blocks", async () => {
    const t0 = wordOf([24, 617_200], [12, 531], [7, 5], [0, 1]);
    const words = [...someHits(5000, 617_000), t0, 0x5555555555555555n];
    const file = scratch.write("run.dat", bytesOf(markedBlocks(591, words)));
    const { waitForHits, text, complaints, output } = await show(
      `--input ${file} --layout padova-dat --rate 2000`,
    );
    await waitForHits(5000);
    expect(await text()).toMatch(/run\s*591/i);
    expect(output()).toContain("1 idle words");
    expect(complaints).toEqual([]);
  });

  it("shows the hits of a file that grows", async () => {
    const rows = (from: number, count: number): string =>
      Array.from({ length: count }, (_, i) => {
        const orbit = from + i;
        return `_ ${(orbit * 89.1e-6).toFixed(6)} ${orbit % 4096} ${i % 128} ${i % 3564} ${1 + (i % 30)}\n`;
      }).join("");
    const file = scratch.write("Run_50.txt", rows(1000, 700));
    const { waitForHits, text } = await show(`--input ${file} --layout bologna-2022 --follow --rate 0`);
    await waitForHits(700);
    appendFileSync(file, rows(9000, 300));
    await waitForHits(1000);
    expect(await text()).toMatch(/run\s*50/i);
  });
});
