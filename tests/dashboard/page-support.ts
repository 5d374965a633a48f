/** Helpers for browser tests: a bridge that serves the built page, and a browser that shows it. */
import { fileURLToPath } from "node:url";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, onTestFinished } from "vitest";
import { createBridge, createRules, type Bridge, type BridgeOptions } from "../../dashboard/bridge/index.js";
import { buildPage } from "../../infra/bootstrap/build.js";
import { BeatingSource } from "./beating-source.js";
import { findChromium, launch, watchComplaints } from "../helpers/browser.js";
import { StillSource } from "./support.js";

export const root = fileURLToPath(new URL("../..", import.meta.url));
const pageFolder = `${root}/build/page`;
export const chromium = findChromium();
const missing = "no Chromium on this machine (CHROMIUM_PATH, chromium, google-chrome)";
if (chromium === null && process.env["CI"] === "true") throw new Error(missing);
if (chromium === null) console.warn(`page tests skipped: ${missing}`);

/** Generous, because a loaded machine is several times slower. */
export const polling = { timeout: 60_000, interval: 50 };

/** For sources that send nothing after their start: on a loaded machine, a test lasts longer than their data is current. */
const patientRules = createRules({ rules: { "stream-silent": { extra_seconds: 3600 } } }, "test");

type PageOptions = NonNullable<Parameters<Browser["newPage"]>[0]>;

export interface Shown {
  page: Page;
  bridge: Bridge;
  /** Errors, warnings and violations that the browser reported. */
  complaints: string[];
  text: (testid: string) => Promise<string>;
  number: (testid: string) => Promise<number>;
}

/** A browser for all tests of a file; the page is built first if necessary. */
export function useBrowser(): { show: (options: ShowOptions) => Promise<Shown>; browser: () => Browser } {
  let browser: Browser;
  beforeAll(async () => {
    if (!buildPage.isDone(root)) await buildPage.run(root, AbortSignal.timeout(120_000));
    browser = await launch(String(chromium));
  }, 150_000);
  afterAll(() => browser.close());
  return { show: (options) => show(browser, options), browser: () => browser };
}

export interface ShowOptions extends PageOptions {
  source: BridgeOptions["source"];
  /** Additional options of the bridge. */
  bridge?: Partial<BridgeOptions>;
  /** Query of the URL, for example "?tab=drift". */
  query?: string;
}

export async function serve(
  source: BridgeOptions["source"],
  options: Partial<BridgeOptions> = {},
): Promise<Bridge> {
  const practice = source instanceof BeatingSource ? { practice: source } : {};
  const patient = source instanceof StillSource ? { rules: patientRules } : {};
  const bridge = await createBridge({ source, ...practice, ...patient, pageFolder, ...options });
  onTestFinished(() => bridge.close());
  return bridge;
}

async function show(browser: Browser, options: ShowOptions): Promise<Shown> {
  const { source, bridge: bridgeOptions, query = "", ...pageOptions } = options;
  const bridge = await serve(source, bridgeOptions);
  const page = await browser.newPage({ viewport: { width: 1366, height: 768 }, ...pageOptions });
  page.setDefaultTimeout(polling.timeout);
  onTestFinished(() => page.close());
  const complaints = await watchComplaints(page);
  await page.goto(`${bridge.url}${query}`);
  const text = (testid: string): Promise<string> => page.getByTestId(testid).innerText();
  const number = async (testid: string): Promise<number> =>
    Number((await text(testid)).replace(/[^\d.]/g, ""));
  return { page, bridge, complaints, text, number };
}
