/** Each sample of the field, from a file through the whole system: the page shows its hits. */
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from "vitest";
import { root } from "../../infra/bootstrap.js";
import { findChromium, launch, watchComplaints } from "../helpers/browser.js";
import { buildWithPage } from "../helpers/build.js";
import { scratchFolder } from "../helpers/scratch.js";
import { startMarked } from "../infra/marked-process.js";

const field = fileURLToPath(new URL("../../../shared/data/field/", import.meta.url));
const scratch = scratchFolder();
const polling = { timeout: 60_000, interval: 200 };

/** Names of the chambers, and hits: counted by hand, or by awk over HEAD, FPGA and channel of the text. */
const samples: readonly [file: string, options: string, names: readonly string[], hits: number][] = [
  ["padova-2019-run591-v1.txt", "--layout padova-2019-text", ["0", "1", "2", "3"], 252],
  ["padova-2019-run591-v1.dat", "--layout padova-dat", ["0", "1", "2", "3"], 252],
  ["lemma-2018-v1.txt", "--layout padova-2019-text", ["0", "1", "2", "3"], 53],
  ["generator-2020-v1-seven-columns.txt", "--layout padova-2019-text", ["0", "1", "2", "3"], 37],
  ["made-kafka-full-dma-message.dat", "--layout padova-dma", ["0", "1", "2", "3"], 126],
  ["made-v2-words.dat", "--layout padova-dat", ["0", "1", "2", "3"], 4],
  ["made-v3-words.dat", "--layout padova-dat:v3", ["0", "1", "2", "3"], 4],
  ["made-bologna-2022.txt", "--layout bologna-2022 --detector bologna-2022", ["7", "8"], 6],
  ["made-snd-2025-records.json", "--layout snd-2025 --detector snd-2025", ["X", "Y"], 4],
  ["padova-2021-run1213.csv", "", ["0", "1", "2", "3"], 61],
  ["padova-2021-stream-3.csv", "", ["0", "1", "2", "3"], 492],
];

// The samples have no licence and are therefore not part of the project.
describe.skipIf(findChromium() === null || !existsSync(field))(
  "samples of the field",
  { timeout: 120_000 },
  () => {
    let browser: Browser;
    beforeAll(buildWithPage, 240_000);
    beforeAll(async () => void (browser = await launch(String(findChromium()))), 60_000);
    afterAll(() => browser.close());

    it.each(samples)("%s %s", async (file, options, names, hits) => {
      const state = scratch.folder(`state-${Math.random()}`);
      const system = startMarked(
        `npm run -s muonitor -- up --input ${field}${file} ${options} --port 0 --window 1 --state-dir ${state}`,
        root,
      );
      onTestFinished(async () => {
        system.interrupt();
        await system.ended;
      });
      const [, url = ""] = await system.waitForOutput(/live at (http:\S+)/);
      const page = await browser.newPage({ viewport: { width: 1366, height: 768 } });
      onTestFinished(() => page.close());
      const complaints = await watchComplaints(page);
      await page.goto(url);
      const since = async (): Promise<number> =>
        Number((await page.getByTestId("since-start").innerText()).replace(/\D/g, ""));
      await vi.waitFor(async () => expect(await since()).toBe(hits), polling);
      for (const [chamber, name] of names.entries())
        expect(await page.getByTestId(`light-${chamber}`).innerText()).toContain(`Chamber ${name}`);
      expect(await page.getByTestId(`light-${names.length}`).count()).toBe(0);
      expect(system.output()).not.toContain("is this --");
      expect(complaints).toEqual([]);
    });
  },
);
