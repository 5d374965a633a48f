// Starts a system, switches faults on, and takes the pictures of the guide into dashboard/screenshots.
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
const target = join(root, "dashboard/screenshots");
/** A window every 2 s: enough for a fault to show, without making the run too long. */
const options = ["--port", "0", "--window", "2", "--rate", "2500"];
const laptop = { width: 1366, height: 768 };

/**
 * @typedef {object} Picture
 * @property {string} name
 * @property {string} query appended to the address
 * @property {"light" | "dark"} colours
 * @property {string} [fault] active fault of the practice mode
 * @property {{ width: number, height: number }} [size]
 * @property {string} [ready] text that must be on the page
 * @property {string} [key] key to press at the end
 */

/** @type {Picture[]} */
const pictures = [
  { name: "overview-dark", query: "", colours: "dark", size: { width: 1920, height: 1080 } },
  { name: "overview-light", query: "", colours: "light" },
  {
    name: "dead-layer",
    query: "?panel=alarms",
    colours: "light",
    fault: "dead_layer",
    ready: "[data-testid=light-1].is-bad",
  },
  {
    name: "cells",
    query: "?tab=occupancy&form=cells&cell=1.18&span=1",
    colours: "dark",
    fault: "dead_layer",
    ready: "[data-testid=light-1].is-bad",
  },
  {
    name: "stopped",
    query: "?panel=practice",
    colours: "light",
    fault: "stall",
    ready: ".plot .stale.is-bad",
  },
  { name: "paused", query: "?tab=drift", colours: "light", key: "Space" },
  { name: "what-to-do", query: "", colours: "light", key: "?" },
  {
    name: "wall",
    query: "?wall",
    colours: "dark",
    fault: "dead_fpga",
    size: { width: 1920, height: 1080 },
    ready: "[data-testid=wall-verdict].is-bad",
  },
  { name: "phone", query: "", colours: "dark", size: { width: 390, height: 844 } },
];

/** @param {string[]} names of the pictures to take; none for all */
export async function screenshotsCommand(names) {
  const { chromium } = await import("playwright-core");
  const executablePath = findChromium();
  const folder = mkdtempSync(join(tmpdir(), "muonitor-screenshots-"));
  const system = spawn(
    process.execPath,
    [join(root, "infra/muonitor.js"), "up", ...options, "--state-dir", folder],
    {
      stdio: ["ignore", "pipe", "inherit"],
    },
  );
  const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
  try {
    const url = await addressOf(system);
    await take(browser, url, { name: "", query: "", colours: "light" }, 30_000);
    const chosen = pictures.filter(({ name }) => names.length === 0 || names.includes(name));
    for (const picture of chosen) await take(browser, url, picture, 5_000);
  } finally {
    await browser.close();
    system.kill("SIGINT");
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * @param {import("node:child_process").ChildProcess} system
 * @returns {Promise<string>}
 */
function addressOf(system) {
  return new Promise((resolve, reject) => {
    system.stdout?.on("data", (text) => {
      const match = /live at (http:\S+)/.exec(String(text));
      if (match?.[1] !== undefined) resolve(match[1]);
    });
    system.once("exit", () => reject(new Error("the system did not start")));
  });
}

/**
 * @param {import("playwright-core").Browser} browser
 * @param {string} url
 * @param {Picture} picture
 * @param {number} restMs how long the page runs before the picture
 */
async function take(browser, url, picture, restMs) {
  const page = await browser.newPage({ viewport: picture.size ?? laptop, colorScheme: picture.colours });
  if (picture.fault !== undefined) await flip(browser, url, picture.fault);
  await page.goto(`${url}${picture.query}`);
  await page.locator("canvas, .cell-map").first().waitFor();
  if (picture.ready !== undefined) await page.locator(picture.ready).first().waitFor({ timeout: 60_000 });
  await page.waitForTimeout(restMs);
  if (picture.key !== undefined) await page.keyboard.press(picture.key);
  if (picture.key !== undefined) await page.waitForTimeout(restMs);
  if (picture.name !== "") {
    await page.screenshot({ path: join(target, `${picture.name}.png`) });
    process.stderr.write(`muonitor: ${picture.name}.png\n`);
  }
  await page.close();
  if (picture.fault !== undefined) await healthy(browser, url);
}

/**
 * @param {import("playwright-core").Browser} browser
 * @param {string} url
 * @param {string} fault
 */
async function flip(browser, url, fault) {
  const page = await browser.newPage();
  await page.goto(`${url}?panel=practice`);
  await page.getByTestId(`practice-${fault}`).locator("input").click();
  await page.locator(".practice li.switched-on").waitFor();
  await page.close();
}

/**
 * @param {import("playwright-core").Browser} browser
 * @param {string} url
 */
async function healthy(browser, url) {
  const page = await browser.newPage();
  await page.goto(`${url}?panel=practice`);
  await page.getByTestId("practice-clear").click();
  for (const light of ["verdict", "light-0", "light-1", "light-2", "light-3"]) {
    await page.locator(`[data-testid=${light}].is-good`).waitFor({ timeout: 120_000 });
  }
  await page.close();
}

/** @returns {string} */
function findChromium() {
  const names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
  const folders = ["/usr/bin", ...(process.env["PATH"] ?? "").split(delimiter)];
  const paths = [
    process.env["CHROMIUM_PATH"] ?? "",
    ...folders.flatMap((one) => names.map((name) => join(one, name))),
  ];
  const found = paths.find((path) => path !== "" && existsSync(path));
  if (found === undefined) throw new Error("no Chromium on this machine: set CHROMIUM_PATH");
  return found;
}
