/** The page's tools for a shift (lights vs time, remarks, trends), in a real browser with a bridge and its rules. */
import { readFileSync } from "node:fs";
import type { Page } from "playwright-core";
import { PNG } from "pngjs";
import { describe, expect, it, vi } from "vitest";
import type { Remark, RowSample } from "../../pipeline/model/index.js";
import { axeViolations } from "./axe.js";
import { BeatingSource, beatMs } from "./beating-source.js";
import { chromium, polling, useBrowser, type Shown } from "./page-support.js";

/** The file that the browser saves after a click or a key. @throws with the page's alerts if there is none */
async function saved(page: Page, action: () => Promise<void>): Promise<{ name: string; bytes: Buffer }> {
  const download = page.waitForEvent("download").catch(async (error: unknown) => {
    const alerts = await page.getByRole("alert").allInnerTexts();
    throw new Error(`${String(error)}: ${alerts.join("; ")}`);
  });
  const [file] = await Promise.all([download, action()]);
  return { name: file.suggestedFilename(), bytes: readFileSync(await file.path()) };
}

/** Number of lines of an element's text; runs in the page. */
function linesOf(element: Element): number {
  const range = document.createRange();
  range.selectNodeContents(element);
  return range.getClientRects().length;
}

const spoken = (page: Page): Promise<string> =>
  page.getByTestId("chart-hits").getByTestId("time-strip").locator("ul").innerText();

describe.skipIf(chromium === null)("the page of a shift", { timeout: 240_000 }, () => {
  const { show, browser } = useBrowser();

  async function showBeating(past: number, query = ""): Promise<Shown & { source: BeatingSource }> {
    const source = new BeatingSource(past);
    const shown = await show({ source, query });
    await shown.page.locator("canvas").first().waitFor();
    return { ...shown, source };
  }

  it("shows the states of the lights below the rate, and the lights at the time of a past window", async () => {
    const { page, source, text, complaints } = await showBeating(40);
    source.silentChambers = [2];
    await page.locator("[data-testid=light-2].is-bad").waitFor();
    await vi.waitFor(
      async () => expect(await spoken(page)).toMatch(/Chamber 2: bad, \d\d:\d\d:\d\d–.* UTC: no hits/),
      polling,
    );
    // The axis reaches the time of the alarm with the next window.
    await vi.waitFor(
      async () => expect(await spoken(page)).toMatch(/Alarm, .* UTC: Chamber 2: no hits/),
      polling,
    );
    // A window that began after the change of the light: on a busy machine several windows arrive at once before it.
    const seenMs = Date.now();
    await vi.waitFor(() => expect(source.newest * beatMs).toBeGreaterThan(seenMs), polling);
    const faulty = source.newest;
    source.silentChambers = [];
    await page.locator("[data-testid=light-2]:not(.is-bad)").waitFor();
    await page.goto(`${page.url()}?window=${faulty}`);
    await page.locator("[data-testid=light-2].is-bad").waitFor();
    expect(await text("lights-label")).toMatch(/^Lights at \d\d:\d\d:\d\d UTC/);
    expect(await text("lights-now")).toMatch(/Now: /);
    expect(await text("hops-now")).toBe("Now");
    await page.getByTestId("lights-now").click();
    await page.locator("[data-testid=light-2]:not(.is-bad)").waitFor();
    expect(await page.getByTestId("lights-label").count()).toBe(0);
    expect(await page.getByTestId("hops-now").count()).toBe(0);
    expect(complaints).toEqual([]);
  });

  it("shows current lights while the plots are paused", async () => {
    const { page, text } = await showBeating(20);
    await page.getByTestId("total-hits").waitFor();
    await page.keyboard.press("Space");
    await vi.waitFor(
      async () => expect(await text("lights-label")).toMatch(/^Current lights; plots of \d\d:\d\d:\d\d UTC$/),
      polling,
    );
  });

  it("stores remarks, shows them to other viewers, and withdraws them", async () => {
    const { page, bridge, text, complaints } = await showBeating(40);
    await page.keyboard.press("m");
    await page.getByTestId("remark-text").fill("gas <b>changed</b>");
    expect(await page.getByTestId("remark-write").isDisabled()).toBe(true);
    await page.getByTestId("remark-by").fill("Ada");
    await page.getByTestId("remark-write").click();
    await vi.waitFor(async () => expect(await text("remark-list")).toContain("gas <b>changed</b>"), polling);
    await page.getByTestId("remark-text").fill("hall lights off");
    await page.getByTestId("remark-when").selectOption("span");
    await page.getByTestId("remark-write").click();
    await vi.waitFor(async () => expect(await text("remark-list")).toContain("hall lights off"), polling);
    await vi.waitFor(
      async () => expect(await spoken(page)).toMatch(/Remark, [-\d: ]+ UTC: gas <b>changed<\/b> \(Ada\)/),
      polling,
    );
    expect(await spoken(page)).toMatch(/Remark, .*–.* UTC: hall lights off \(Ada\)/);

    const other = await browser().newPage();
    await other.goto(`${bridge.url}?panel=remarks`);
    await other.getByText("gas <b>changed</b>").first().waitFor();
    await other.close();
    await page.getByTestId("remark-list").getByRole("button", { name: "Withdraw gas" }).click();
    await page.locator(".remarks .withdrawn", { hasText: "gas" }).waitFor();
    await vi.waitFor(async () => expect(await spoken(page)).not.toContain("gas"), polling);
    expect(complaints).toEqual([]);
  });

  it("ends a remark on a time span when it is saved, unless the person entered an end", async () => {
    const { page, bridge } = await showBeating(20, "?panel=remarks");
    await page.getByTestId("remark-by").fill("Ada");
    await page.getByTestId("remark-when").selectOption("span");
    expect(await page.getByTestId("remark-to").inputValue()).toBe("");
    await page.getByTestId("remark-text").fill("gas");
    const openedMs = Date.now();
    await vi.waitFor(() => expect(Date.now()).toBeGreaterThan(openedMs + 4000), polling);
    const savedMs = Date.now();
    await page.getByTestId("remark-write").click();
    await page.getByTestId("remark-list").getByText("gas").first().waitFor();
    const url = new URL(`/api/v1/remarks?from_ms=0&to_ms=${savedMs + 10_000}`, bridge.url);
    const [remark] = (await (await fetch(url)).json()) as Remark[];
    // The page's clock ticks once a second, and later on a busy machine.
    expect(remark!.to_ms).toBeGreaterThan(openedMs + 1000);
  });

  /** Until the page knows the first data, and no longer changes the suggested start. */
  const startsWithData = (page: Page): Promise<void> =>
    vi.waitFor(async () => {
      const from = Date.parse(`${await page.getByTestId("shift-from").inputValue()}Z`);
      expect(from).toBeGreaterThan(Date.now() - 600_000);
      expect(from).toBeLessThan(Date.now());
    }, polling);

  it("begins the report of a shift with the first data, if it is younger than a usual shift", async () => {
    const { page } = await showBeating(40, "?panel=shift");
    await startsWithData(page);
  });

  it("keeps unsaved text while another panel is open", async () => {
    const { page } = await showBeating(20, "?panel=shift");
    await startsWithData(page);
    await page.getByTestId("shift-summary").fill("A calm");
    await page.getByTestId("shift-from").fill("2026-01-02T03:04:05");
    await page.getByTestId("shift-to").fill("2026-01-02T06:07:08");
    await page.getByTestId("remarks-open").click();
    await page.getByTestId("remark-text").fill("gas");
    await page.getByTestId("remark-when").selectOption("span");
    await page.getByTestId("remark-from").fill("2026-01-02T03:04:05");
    await page.getByTestId("remark-to").fill("10 PM");
    await page.getByRole("alert").getByText("a time of day").waitFor();
    await page.getByTestId("remark-to").fill("");
    await page.getByTestId("shift-open").click();
    expect(await page.getByTestId("shift-summary").inputValue()).toBe("A calm");
    expect(await page.getByTestId("shift-from").inputValue()).toBe("2026-01-02 03:04:05");
    expect(await page.getByTestId("shift-to").inputValue()).toBe("2026-01-02 06:07:08");
    await page.reload();
    expect(await page.getByTestId("shift-summary").inputValue()).toBe("A calm");
    await page.getByTestId("remarks-open").click();
    expect(await page.getByTestId("remark-text").inputValue()).toBe("gas");
    expect(await page.getByTestId("remark-from").inputValue()).toBe("2026-01-02 03:04:05");
    await page.getByTestId("shift-open").click();
    // A new shift has its own summary.
    await page.getByTestId("shift-begin").click();
    expect(await page.getByTestId("shift-summary").inputValue()).toBe("");
    const start = await page.getByTestId("shift-from").inputValue();
    await page.getByTestId("remarks-open").click();
    await page.getByTestId("shift-open").click();
    expect(await page.getByTestId("shift-from").inputValue()).toBe(start);
    expect(await page.getByTestId("shift-to").inputValue()).toBe("");
  });

  it("shows trends of derived quantities over time and runs, and keeps the choice in the URL", async () => {
    const { page, bridge, complaints } = await showBeating(700, "?tab=history");
    await page.getByTestId("quantity").selectOption("drift_end_ns");
    await page.getByTestId("trend-24").click();
    expect(page.url()).toMatch(/quantity=drift_end_ns&trend=24/);
    const url = new URL(`/api/v1/quantities?from_ms=0&to_ms=${Date.now() + 1000}`, bridge.url);
    const points = (await (await fetch(url)).json()) as { chambers: { drift_end_ns: [number, number] }[] }[];
    const card = page.getByTestId("chart-quantity");
    await card.hover();
    await page.keyboard.press("t");
    const cell = card.locator("tbody td").first();
    await vi.waitFor(
      async () =>
        expect(
          Math.abs(Number(await cell.innerText()) - points[0]!.chambers[0]!.drift_end_ns[0]),
        ).toBeLessThan(1),
      polling,
    );
    await page.getByTestId("trend-runs").click();
    expect(complaints).toEqual([]);
  });

  it("saves the report of a shift with pictures, as a page and as data, with a link for other machines", async () => {
    const publicUrl = "https://shifts.example/muonitor/";
    const source = new BeatingSource(60);
    const { page, bridge, complaints } = await show({
      source,
      bridge: { publicUrl },
      query: "?panel=shift",
    });
    const remark = { from_ms: Date.now() - 1000, by: "Trial", text: `gas bottle ${"x".repeat(300)} changed` };
    await fetch(new URL("/api/v1/remarks", bridge.url), {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(remark),
    });
    await startsWithData(page);
    await page.getByTestId("shift-from").fill(new Date(Date.now() - 600_000).toISOString().slice(0, 19));
    await page.getByTestId("shift-by").fill("Ada");
    await page.getByTestId("shift-summary").fill("A calm night");
    const { name, bytes } = await saved(page, () => page.getByTestId("shift-html").click());
    expect(name).toMatch(/^muonitor-shift-[-\dT]+Z\.html$/);
    const html = bytes.toString();
    expect(html).toContain("A calm night");
    expect(html).toContain(`${publicUrl}?tab=history`);
    expect(html.match(/<img src="data:image\/png/g)?.length).toBeGreaterThanOrEqual(1);
    const file = await browser().newPage({ colorScheme: "dark" });
    await file.setContent(html);
    expect(await file.evaluate(() => getComputedStyle(document.body).backgroundColor)).toBe(
      "rgb(255, 255, 255)",
    );
    // The picture is light too: its corner is white. It is not empty.
    const image = PNG.sync.read(Buffer.from(/data:image\/png;base64,([^"]+)/.exec(html)![1]!, "base64"));
    expect([...image.data.subarray(0, 3)]).toEqual([255, 255, 255]);
    expect(await axeViolations(file)).toEqual([]);
    for (const [media, width] of [
      ["screen", 1920],
      ["print", 718],
      ["screen", 390],
    ] as const) {
      await file.emulateMedia({ media });
      await file.setViewportSize({ width, height: 800 });
      expect(await file.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
      const name = file.getByText("Trial", { exact: true });
      expect(await name.evaluate(linesOf)).toBe(1);
    }
    await file.close();
    const json = await saved(page, () => page.getByTestId("shift-json").click());
    expect(JSON.parse(json.bytes.toString())).toMatchObject({
      schema: 1,
      by: "Ada",
      summary: "A calm night",
      stream: "legnaro",
    });
    expect(complaints).toEqual([]);
  });

  it("saves evidence in light colours, with the plots of the alarms and the rules, from any tab", async () => {
    const { page, source } = await showBeating(40, "?tab=drift");
    await page.emulateMedia({ colorScheme: "dark" });
    source.silentChambers = [2];
    await page.locator("[data-testid=light-2].is-bad").waitFor();
    const html = (await saved(page, () => page.keyboard.press("e"))).bytes.toString();
    expect(html).toContain('alt="Channel occupancy · Chamber 2"');
    expect(html).toMatch(/Compared with<\/th><td>\w/);
    expect(html).toContain("start Muonitor with --public-url");
    for (const [, data] of html.matchAll(/data:image\/png;base64,([^"]+)/g)) {
      const image = PNG.sync.read(Buffer.from(data!, "base64"));
      expect([...image.data.subarray(0, 3)]).toEqual([255, 255, 255]);
    }
  });

  it("gives evidence a link to the public address, which shows the same window from another machine", async () => {
    const publicUrl = "https://shifts.example/muonitor/";
    const source = new BeatingSource(40);
    const { page, bridge } = await show({ source, bridge: { publicUrl } });
    await page.getByTestId("total-hits").waitFor();
    const html = (await saved(page, () => page.keyboard.press("e"))).bytes.toString();
    const link = /href="(https:[^"]+)"/.exec(html)?.[1]?.replaceAll("&amp;", "&") ?? "";
    expect(link).toMatch(/^https:\/\/shifts\.example\/muonitor\/\?(.*&)?window=\d+/);
    expect(html).not.toContain("start Muonitor with --public-url");
    const other = await browser().newPage();
    await other.goto(link.replace(publicUrl, bridge.url));
    const id = /window=(\d+)/.exec(link)![1];
    await vi.waitFor(
      async () => expect(await other.getByTestId("selected").innerText()).toMatch(`Window ${id}`),
      polling,
    );
    await other.close();
  });

  it("keeps meaningful colours in forced-colours mode", async () => {
    const { page } = await showBeating(20);
    await page.getByTestId("total-hits").waitFor();
    const coloured = (): Promise<string[]> =>
      page
        .locator(".light-tile .swatch")
        .evaluateAll((all) => all.map((one) => getComputedStyle(one).backgroundColor));
    const usual = await coloured();
    expect(new Set(usual).size).toBe(4);
    await page.emulateMedia({ forcedColors: "active", colorScheme: "light" });
    await vi.waitFor(async () => expect(await coloured()).toEqual(usual), polling);
  });

  it("stays paused at the same window after a reload", async () => {
    const { page, text, number } = await showBeating(40);
    await page.getByTestId("total-hits").waitFor();
    await page.keyboard.press("Space");
    await vi.waitFor(() => expect(page.url()).toMatch(/pause=\d+/), polling);
    const [selected, hits] = [await text("selected"), await number("total-hits")];
    await page.reload();
    await vi.waitFor(async () => expect(await text("selected")).toBe(selected), polling);
    await vi.waitFor(async () => expect(await number("total-hits")).toBe(hits), polling);
    await page.getByTestId("back-to-live").click();
    await vi.waitFor(() => expect(page.url()).not.toContain("pause"), polling);
  });

  it("acknowledges with a comment, and silences one alarm until a time", async () => {
    const { page, source, text } = await showBeating(40, "?panel=alarms");
    await page.getByTestId("shifter").fill("Ada");
    source.silentChambers = [2];
    const alarm = page.getByTestId("alarms-standing").getByTestId("alarm-silent-chamber").first();
    await alarm.getByTestId("silence").selectOption("60");
    await vi.waitFor(
      async () => expect(await text("alarms-standing")).toMatch(/Silenced until .* UTC by Ada/),
      polling,
    );
    await alarm.getByTestId("acknowledge-comment").fill("HV of <chamber> 2");
    await alarm.getByTestId("acknowledge").click();
    await vi.waitFor(
      async () => expect(await text("alarms-standing")).toMatch(/✓ Ada, .* HV of <chamber> 2/),
      polling,
    );
    expect(await page.getByTestId("light-2").getAttribute("class")).toContain("is-bad");
    // A wrong comment can be replaced.
    await alarm.getByTestId("comment-correct").click();
    expect(await alarm.getByTestId("acknowledge-comment").inputValue()).toBe("HV of <chamber> 2");
    await alarm.getByTestId("acknowledge-comment").fill("gas of chamber 2");
    await alarm.getByTestId("acknowledge").click();
    await vi.waitFor(
      async () => expect(await text("alarms-standing")).toMatch(/✓ Ada, .* gas of chamber 2/),
      polling,
    );
    expect(await text("alarms-standing")).not.toContain("HV of");
    const earlier = alarm.getByTestId("earlier-comments");
    await earlier.locator("summary").click();
    expect(await earlier.innerText()).toMatch(/1 earlier comment\s+Ada, [\d:]+ UTC: HV of <chamber> 2/);
    expect(await alarm.getByTestId("acknowledge-comment").count()).toBe(0);
  });

  it("accepts a comment for an alarm that has cleared, and keeps its earlier time when it comes back", async () => {
    const { page, source, text } = await showBeating(40, "?panel=alarms");
    await page.getByTestId("shifter").fill("Ada");
    source.silentChambers = [2];
    await page.getByTestId("alarms-standing").getByTestId("alarm-silent-chamber").first().waitFor();
    source.silentChambers = [];
    const cleared = page.getByTestId("alarms-cleared").getByTestId("alarm-silent-chamber").first();
    await cleared.getByTestId("comment-cleared").click();
    await cleared.getByTestId("acknowledge-comment").fill("cable was loose");
    const submit = cleared.getByTestId("acknowledge");
    expect(await submit.innerText()).toBe("Comment");
    await submit.click();
    await vi.waitFor(
      async () => expect(await text("alarms-cleared")).toMatch(/✓ Ada, .* cable was loose/),
      polling,
    );
    source.silentChambers = [2];
    const again = page.getByTestId("alarms-standing").getByTestId("alarm-silent-chamber").first();
    await again.getByTestId("earlier").locator("summary").click();
    await vi.waitFor(
      async () =>
        expect(await text("alarms-standing")).toMatch(
          /active 1 time before\s+\d\d:\d\d:\d\d–\d\d:\d\d:\d\d: Chamber 2: no hits/,
        ),
      polling,
    );
    await vi.waitFor(
      async () =>
        expect(await text("alarms-standing")).toMatch(/✓ Ada, .* cable was loose \(before it was reopened\)/),
      polling,
    );
  });

  it("opens the panel of references on the key b if there is no reference", async () => {
    const { page, text } = await showBeating(20);
    await page.getByTestId("chart-occupancy").hover();
    await page.keyboard.press("b");
    await page.getByTestId("reference-name").waitFor();
    expect(await text("reference-toggle")).toBe("Reference");
    expect(page.url()).not.toMatch(/[?&]reference(&|$)/);
  });

  it("shows the alarms after a tap on the bell on a phone, and cells that fit its width", async () => {
    const source = new BeatingSource(40);
    const query = "?tab=occupancy&form=cells";
    const { page } = await show({ source, query, viewport: { width: 390, height: 844 }, hasTouch: true });
    const map = page.locator(".cell-map svg").first();
    await map.waitFor();
    const box = (await map.boundingBox())!;
    expect(box.x).toBeGreaterThanOrEqual(0);
    expect(box.x + box.width).toBeLessThanOrEqual(390);
    await page.getByTestId("alarms-open").tap();
    const panel = page.getByTestId("alarms");
    await panel.waitFor();
    await vi.waitFor(async () => expect((await panel.boundingBox())!.y).toBe(0), polling);
    expect(await panel.getByTestId("shifter").isVisible()).toBe(true);
    await panel.getByRole("button", { name: "Close" }).tap();
    await panel.waitFor({ state: "detached" });
  });

  it("shows the plot of the fault first on the wall display, with headings and enough contrast", async () => {
    const { page, source, text } = await showBeating(40, "?wall");
    source.silentChambers = [2];
    await vi.waitFor(async () => expect(await text("wall-verdict")).toMatch(/Chamber 2: no hits/), polling);
    await page.locator("[data-fault]").waitFor();
    const first = page.locator(".wall-plots > .plot").first();
    await vi.waitFor(
      async () => expect(await first.locator(".card-title").innerText()).toMatch(/Chamber 2|occupancy/),
      polling,
    );
    expect(await page.locator("main h1").innerText()).toBe("legnaro");
    expect(await page.locator("main h2").first().innerText()).toMatch(/Chamber 2/);
    expect(await axeViolations(page)).toEqual([]);
  });

  it("gives a tour of the page once, and again on request", async () => {
    const { page, text } = await showBeating(20, "?tour");
    await page.getByTestId("tour").waitFor();
    expect(await text("tour")).toContain("Start with the lights");
    expect(await page.locator(".lights.tour-target").count()).toBe(1);
    await page.getByTestId("tour-next").click();
    expect(await page.locator(".age.tour-target").count()).toBe(1);
    expect(await axeViolations(page)).toEqual([]);
    await page.getByTestId("tour-skip").click();
    await page.reload();
    await page.getByTestId("total-hits").waitFor();
    expect(await page.getByTestId("tour").count()).toBe(0);
    await page.getByTestId("help-open").click();
    await page.getByTestId("tour-start").click();
    for (let i = 0; (await page.getByTestId("tour").count()) > 0; i += 1) {
      expect(i).toBeLessThan(20);
      await page.getByTestId("tour-next").click();
    }
  });

  it("shows the server's time and reports that the laptop's clock is wrong", async () => {
    const source = new BeatingSource(20);
    const { page, bridge, text } = await show({ source });
    await page.clock.setSystemTime(Date.now() + 5 * 3_600_000);
    await page.goto(bridge.url);
    await page.getByTestId("total-hits").waitFor();
    await vi.waitFor(
      async () =>
        expect(await text("hop-browser")).toMatch(/clock 5\s?h \d\d\s?min fast|clock 4\s?h 59\s?min fast/),
      polling,
    );
    const [data, refresh] = [await text("last-data"), await text("last-refresh")];
    const seconds = (words: string): number =>
      words
        .slice(0, 8)
        .split(":")
        .reduce((sum, part) => 60 * sum + Number(part), 0);
    expect(Math.abs(seconds(data) - seconds(refresh))).toBeLessThan(30);
  });

  it("lists rejected rows by kind", async () => {
    const sample = (kind: RowSample["kind"], reason: string, line: string): RowSample => ({
      ...{ kind, reason, text: line, partition: null, offset: null, record_ms: null, seen_ms: 0 },
    });
    const samples = (): RowSample[] => [
      sample("malformed", "fields", "1,2"),
      sample("unmapped", "channel", "9,9,9"),
      sample("own", "internal channel 1:138", "2,1,138"),
    ];
    const { page, text } = await show({
      source: new BeatingSource(5),
      bridge: { samples },
      query: "?panel=rows",
    });
    expect(await text("rows")).not.toContain("2,1,138");
    await page.getByTestId("kind-read-out's own: internal channel 1:138").click();
    expect(await text("rows")).toContain("2,1,138");
    await page.getByTestId("kind-unmapped: channel").click();
    expect(await text("rows")).toContain("9,9,9");
    expect(await text("rows")).not.toContain("1,2\n");
    expect(await page.locator(".samples li").count()).toBe(1);
  });
});
