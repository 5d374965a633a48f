/** A running system in practice mode with a real browser: switches a fault on, and observes lights and their delays. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Browser, Page } from "playwright-core";
import { expect, vi } from "vitest";
import type { Faults } from "../../pipeline/model/index.js";
import { findChromium, launch, watchComplaints } from "../helpers/browser.js";
import { startMarked, type MarkedProcess } from "../infra/marked-process.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
export const polling = { timeout: 90_000, interval: 100 };

/** Text of a light when it first was in the expected state. */
interface Sighting {
  reason: string;
  /** Newest window on the page, and the window that was open when the fault was switched. */
  windowId: number;
  switchedIn: number;
  /** Number of windows that ended since then, including the one in which the fault was switched, arrived or not. */
  windows: number;
  /** Time from the click to the light. */
  tookMs: number;
}

export interface Expected {
  fault: keyof Faults;
  /** Name of the light: a chamber's number, "scintillator", or "" for the whole telescope. */
  light: string;
  state: RegExp;
  reason: RegExp;
}

export class Practice {
  private constructor(
    readonly page: Page,
    readonly complaints: string[],
    readonly url: string,
    private readonly windowMs: number,
    private readonly browser: Browser,
    private readonly started: MarkedProcess,
    private readonly folder: string,
  ) {}

  /** Starts a system with windows of this length in s, and waits until all its lights are green. */
  static async start(windowSeconds: number, rateHz: number): Promise<Practice> {
    const folder = mkdtempSync(join(tmpdir(), "muonitor-practice-"));
    const options = `--port 0 --window ${windowSeconds} --rate ${rateHz} --state-dir ${folder}`;
    const started = startMarked(`npm run -s muonitor -- up ${options}`, root);
    const [, url = ""] = await started.waitForOutput(/live at (http:\S+)/);
    const browser = await launch(String(findChromium()));
    const page = await browser.newPage({ viewport: { width: 1920, height: 1080 }, colorScheme: "dark" });
    const complaints = await watchComplaints(page);
    await page.goto(`${url}?panel=practice`);
    const practice = new Practice(page, complaints, url, windowSeconds * 1000, browser, started, folder);
    await practice.waitForHealth();
    return practice;
  }

  async waitForHealth(): Promise<void> {
    for (const light of ["0", "1", "2", "3", "scintillator", ""]) {
      await vi.waitFor(async () => expect(await this.classOf(light)).toContain("is-good"), polling);
    }
  }

  /**
   * Switches a fault on and returns the first text of its light. The fault is switched when a window has just begun, so
   * that its first window contains it completely; this is the case in which it takes longest until two windows have ended.
   */
  async see({ fault, light, state, reason }: Expected): Promise<Sighting> {
    await this.nextWindow();
    const sighting = this.firstSight(idOf(light), state.source, reason.source);
    const clickedMs = Date.now();
    await this.page.getByTestId(`practice-${fault}`).locator("input").click();
    const { seenMs, windowId, words } = await sighting;
    const switchedIn = Math.floor(clickedMs / this.windowMs);
    const windows = Math.floor(seenMs / this.windowMs) - switchedIn;
    return { reason: words, windowId, switchedIn, windows, tookMs: seenMs - clickedMs };
  }

  async switchOff(): Promise<void> {
    await this.page.getByTestId("practice-clear").click();
  }

  async close(): Promise<void> {
    await this.browser.close();
    this.started.interrupt();
    await this.started.ended;
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Waits for a new window, which arrives just after the next one has begun. */
  private async nextWindow(): Promise<void> {
    const newest = async (): Promise<number> =>
      Number(await this.page.getByTestId("last-data").getAttribute("data-window-id"));
    const known = await newest();
    await vi.waitFor(async () => expect(await newest()).toBeGreaterThan(known), polling);
  }

  private async classOf(light: string): Promise<string> {
    return (await this.page.getByTestId(idOf(light)).getAttribute("class")) ?? "";
  }

  /** Watches inside the page, so the measured time does not include polling. */
  private firstSight(
    testid: string,
    state: string,
    reason: string,
  ): Promise<{ seenMs: number; windowId: number; words: string }> {
    const watch = ([id, wanted, words, deadlineMs]: [string, string, string, number]): Promise<{
      seenMs: number;
      windowId: number;
      words: string;
    }> =>
      new Promise((resolve, reject) => {
        // Clickable and non-clickable lights are different elements.
        const tileOf = (): HTMLElement | null => document.querySelector(`[data-testid="${id}"]`);
        const newest = document.querySelector<HTMLElement>("[data-testid=last-data]");
        setTimeout(() => reject(new Error(`${id} still shows: ${tileOf()?.innerText ?? ""}`)), deadlineMs);
        const look = (): void => {
          const tile = tileOf();
          const text = tile?.innerText.replaceAll("\u202F", " ") ?? "";
          if (!new RegExp(`is-(${wanted})`).test(tile?.className ?? "") || !new RegExp(words, "i").test(text))
            return;
          observer.disconnect();
          resolve({ seenMs: Date.now(), windowId: Number(newest?.dataset["windowId"]), words: text });
        };
        const observer = new MutationObserver(look);
        observer.observe(document.body, {
          subtree: true,
          childList: true,
          attributes: true,
          characterData: true,
        });
        look();
      });
    return this.page.evaluate(watch, [testid, state, reason, polling.timeout] as [
      string,
      string,
      string,
      number,
    ]);
  }
}

function idOf(light: string): string {
  return light === "" ? "verdict" : `light-${light}`;
}
