/** The tools of the page in a real browser, with events of a real bridge and its rules. */
import { readFileSync } from "node:fs";
import type { Page } from "playwright-core";
import { describe, expect, it, vi } from "vitest";
import type { RowSample } from "../../pipeline/model/index.js";
import { BeatingSource } from "./beating-source.js";
import { chromium, polling, useBrowser } from "./page-support.js";

/** The file that the browser saves after a click or a key, as text. */
async function saved(page: Page, action: () => Promise<void>): Promise<{ name: string; bytes: Buffer }> {
  const [file] = await Promise.all([page.waitForEvent("download"), action()]);
  return { name: file.suggestedFilename(), bytes: readFileSync(await file.path()) };
}

describe.skipIf(chromium === null)("the tools of the page", { timeout: 240_000 }, () => {
  const { show, browser } = useBrowser();

  it("of a plot are logarithmic scale, table, full screen, help, and files that name their origin", async () => {
    const { page, complaints } = await show({ source: new BeatingSource(30) });
    const plot = page.getByTestId("chart-occupancy");
    await plot.locator("canvas").waitFor();
    await plot.hover();
    const png = await saved(page, () => page.keyboard.press("p"));
    expect(png.name).toMatch(/^muonitor-occupancy-\d+\.png$/);
    expect(png.bytes.subarray(1, 4).toString()).toBe("PNG");
    const csv = await saved(page, () => page.keyboard.press("c"));
    expect(csv.bytes.toString()).toMatch(/^# DEMO[^]*\nx,chamber 0,chamber 1,chamber 2,chamber 3\n0,\d+/);
    const json = JSON.parse((await saved(page, () => page.keyboard.press("j"))).bytes.toString());
    expect(json).toMatchObject({ plot: "occupancy", stream: "legnaro", demo: true, windows: 12 });
    expect(json.link).toBe(`${page.url()}?window=${json.window_id}`);
    expect(json.rows).toHaveLength(256);
    await page.keyboard.press("t");
    await plot.locator("caption").waitFor({ state: "attached" });
    expect(await plot.locator("tbody tr").count()).toBe(256);
    await page.keyboard.press("t");
    await page.keyboard.press("l");
    await page.keyboard.press("f");
    await vi.waitFor(() => expect(page.url()).toMatch(/log=occupancy&full=occupancy/), polling);
    expect(await plot.boundingBox()).toMatchObject({ x: 0, y: 0, width: 1366, height: 768 });
    await page.keyboard.press("?");
    expect(await page.getByTestId("help").innerText()).toContain("Every fourth channel empty");
    await page.keyboard.press("Escape");
    await page.getByTestId("help").waitFor({ state: "detached" });
    expect(page.url()).toContain("full=occupancy");
    await page.keyboard.press("Escape");
    await vi.waitFor(() => expect(page.url()).not.toContain("full"), polling);
    expect(complaints).toEqual([]);
  });

  it("store the whole view in the URL, which shows the same to others", async () => {
    const source = new BeatingSource(40);
    const { page, bridge } = await show({ source });
    await page.getByTestId("tab-drift").click();
    await page.getByTestId("span-60").click();
    await page.getByTestId("chart-drift-2").getByRole("button", { name: "log" }).click();
    const canvas = (await page.getByTestId("chart-drift-1").locator("canvas").boundingBox())!;
    await page.mouse.move(canvas.x + canvas.width * 0.3, canvas.y + 60);
    await page.mouse.down();
    await page.mouse.move(canvas.x + canvas.width * 0.7, canvas.y + 60, { steps: 5 });
    await page.mouse.up();
    await vi.waitFor(() => expect(page.url()).toMatch(/zoom=drift-1/), polling);
    expect(page.url()).toMatch(/tab=drift&span=60&log=drift-2&zoom=drift-1%3A[\d.]+%3A[\d.]+$/);
    const other = await browser().newPage();
    await other.goto(page.url());
    const look = (one: Page): Promise<unknown[]> =>
      Promise.all([
        one.getByTestId("tab-drift").getAttribute("aria-selected"),
        one.getByTestId("span-60").getAttribute("aria-pressed"),
        one.getByTestId("chart-drift-2").getByRole("button", { name: "log" }).getAttribute("aria-pressed"),
        one.getByTestId("chart-drift-1").getByRole("button", { name: "Reset zoom" }).count(),
      ]);
    await other.getByTestId("chart-drift-1").waitFor();
    expect(await look(other)).toEqual(["true", "true", "true", 1]);
    await other.close();
    await page.goBack();
    await page.getByTestId("chart-hits").waitFor();
    expect(bridge.viewers.clients).toBeGreaterThan(0);
  });

  it("show past windows with the slider while paused, and lose nothing", async () => {
    const { page, source, text } = await showBeating(60);
    await page.keyboard.press("Space");
    const newest = Number(/Window (\d+)/.exec(await text("selected"))?.[1]);
    // After a click on a tab, the keys still belong to the page.
    await page.getByTestId("tab-drift").click();
    for (const key of ["ArrowLeft", "ArrowLeft", "ArrowLeft"]) await page.keyboard.press(key);
    await vi.waitFor(async () => expect(await text("selected")).toContain(`Window ${newest - 3}`), polling);
    await page.getByTestId("scrub").fill("0");
    await vi.waitFor(
      async () => expect(await text("selected")).not.toContain(`Window ${newest - 3}`),
      polling,
    );
    await vi.waitFor(async () => expect(await text("behind")).toMatch(/[1-9]\d* windows? behind/), polling);
    await page.getByTestId("back-to-live").click();
    await page.getByTestId("behind").waitFor({ state: "detached" });
    source.stop();
    await page.getByTestId("tab-history").click();
    await page.getByTestId(`history-${source.newest}`).waitFor();
  });

  it("move through the tabs with the arrow keys when a tab has the focus of the keyboard", async () => {
    const { page } = await showBeating(5);
    await page.getByTestId("tab-overview").focus();
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("Enter");
    await vi.waitFor(
      async () => expect(await page.getByTestId("tab-occupancy").getAttribute("aria-selected")).toBe("true"),
      polling,
    );
    expect(await page.getByTestId("back-to-live").count()).toBe(0);
  });

  async function showBeating(
    past: number,
    query = "",
  ): Promise<Awaited<ReturnType<typeof show>> & { source: BeatingSource }> {
    const source = new BeatingSource(past);
    const shown = await show({ source, query });
    await shown.page.locator("canvas").first().waitFor();
    return { ...shown, source };
  }

  it("raise an alarm, acknowledge it, and clear it", async () => {
    const { page, source, text } = await showBeating(40, "?panel=alarms");
    await page.getByTestId("shifter").fill("Ada");
    source.silentChambers = [2];
    await page.getByTestId("alarm-silent-chamber").first().waitFor();
    expect(await page.getByTestId("light-2").getAttribute("class")).toContain("is-bad");
    expect(await text("alarms-standing")).toMatch(/Chamber 2: no hits/);
    await page.getByTestId("acknowledge").first().click();
    await vi.waitFor(async () => expect(await text("alarms-standing")).toMatch(/✓ Ada/), polling);
    source.silentChambers = [];
    await page.getByTestId("alarms-cleared").getByTestId("alarm-silent-chamber").first().waitFor();
    expect(await text("alarms-cleared")).toMatch(/✓ Ada/);
    // A fault that has ended must still be acknowledged.
    expect(await text("alarms-cleared")).toMatch(/Check/);
  });

  it("number and comment runs", async () => {
    const { page, text } = await showBeating(10, "?panel=run");
    await page.getByTestId("run-next").fill("42");
    await page.getByTestId("run-comment").fill("gas changed");
    await page.getByTestId("run-start").click();
    await vi.waitFor(async () => expect(await text("run-open")).toMatch(/^Run 42/), polling);
    await page.getByTestId("range-run").click();
    expect(page.url()).toContain("range=run");
    await page.getByTestId("run-comment").fill("gas <script>throw 1</script> <b>changed</b>");
    await page.getByTestId("run-save").click();
    await vi.waitFor(async () => expect(await text("run-save")).toBe("Saved"), polling);
    await page.getByTestId("run-stop").click();
    await vi.waitFor(async () => expect(await text("run-open")).toBe("no run"), polling);
    expect(await page.getByTestId("range-run").count()).toBe(0);
    await vi.waitFor(
      async () => expect(await text("run")).toContain("gas <script>throw 1</script> <b>changed</b>"),
      polling,
    );
  });

  it("save a reference and draw it with the ratio", async () => {
    const { page, source, text } = await showBeating(40, "?panel=reference&tab=occupancy");
    await page.getByTestId("reference-name").fill("monday");
    await page.getByTestId("reference-span").selectOption({ label: "the last 12 windows" });
    // A confirmation is required while an alarm is active.
    source.silentChambers = [2];
    await page.locator("[data-testid=light-2].is-bad").waitFor();
    await page.getByTestId("reference-take").click();
    await page.getByTestId("reference-confirm").click();
    await vi.waitFor(async () => expect(await text("reference-toggle")).toBe("vs monday"), polling);
    expect(page.url()).toContain("reference");
    await page.getByTestId("chart-occupancy-1").hover();
    const csv = await saved(page, () => page.keyboard.press("c"));
    expect(csv.bytes.toString()).toMatch(/^(# [^\n]*\n)+x,hits,reference,ratio\n/);
    await page.keyboard.press("b");
    await vi.waitFor(async () => expect(await text("reference-toggle")).toBe("Reference"), polling);
  });

  it("save evidence with one key: pictures, numbers, windows, rules, ledger, link", async () => {
    const { page } = await showBeating(30);
    const { name, bytes } = await saved(page, () => page.keyboard.press("e"));
    expect(name).toMatch(/^muonitor-evidence-.*Z\.html$/);
    const html = bytes.toString();
    // The plots of the page, and those of active alarms.
    expect(html.match(/<img src="data:image\/png/g)!.length).toBeGreaterThanOrEqual(4);
    const data = JSON.parse(/id="evidence">(.*?)<\/script>/.exec(html)![1]!);
    expect(data).toMatchObject({
      schema: 1,
      stream: "legnaro",
      demo: true,
      connection: "live",
      link: `${page.url()}?window=${data.window_id}`,
    });
    expect(data.window_ids).toHaveLength(12);
    expect(data.window_ids.at(-1)).toBe(data.window_id);
    expect(data.quality.rules.hash).toMatch(/^[0-9a-f]{8,}/);
    expect(data.ledger.rows).toBeGreaterThan(0);
    expect(html).toContain("all rows accounted for");
    const file = await browser().newPage();
    await file.setContent(html);
    expect(await file.locator("h1").innerText()).toMatch(/^Muonitor legnaro, .* UTC DEMO$/);
    await file.close();
  });

  it("close one thing per Escape, from the top, and return from a past window last", async () => {
    const { page, source } = await showBeating(40);
    const start = source.newest - 20;
    await page.goto(
      `${page.url()}?tab=occupancy&window=${start}&panel=alarms&full=occupancy-1&cell=1.5&at=occupancy-1`,
    );
    const plot = page.getByTestId("chart-occupancy-1");
    const panel = page.getByTestId("alarms");
    await plot.locator("canvas").waitFor();
    await panel.waitFor();
    // Panel and full-screen plot are side by side.
    const [own, side] = [(await plot.boundingBox())!, (await panel.boundingBox())!];
    expect(own.x + own.width).toBeLessThanOrEqual(side.x + 1);
    expect([own.x, own.y, side.y]).toEqual([0, 0, 0]);
    await plot.focus();
    await page.keyboard.press("?");
    await page.getByTestId("help").waitFor();
    const open = (): string =>
      ["panel", "full", "cell", "at", "window"].filter((name) => page.url().includes(`${name}=`)).join(" ");
    const steps = [
      "panel full cell at window",
      "full cell at window",
      "cell at window",
      "at window",
      "window",
      "",
    ];
    for (const left of steps) {
      await page.keyboard.press("Escape");
      await vi.waitFor(() => expect(open()).toBe(left), polling);
      await page.getByTestId("help").waitFor({ state: "detached" });
    }
    // A menu takes the key for itself.
    await page.getByTestId("alarms-open").click();
    await panel.waitFor();
    await page.getByTestId("chart-occupancy-0").getByRole("button", { name: "More tools" }).click();
    const menu = page.locator(".v-overlay--active");
    await menu.waitFor();
    await page.keyboard.press("Escape");
    await menu.waitFor({ state: "detached" });
    expect(open()).toBe("panel");
  });

  it("open the cell of a clicked bar, which closes with the tab and does not cover its plot", async () => {
    const { page, text } = await showBeating(20, "?tab=occupancy");
    for (const chamber of [0, 3]) {
      const canvas = page.getByTestId(`chart-occupancy-${chamber}`).locator("canvas");
      await canvas.click();
      await vi.waitFor(
        async () => expect(await text("cell-detail")).toMatch(`Chamber ${chamber}, cell`),
        polling,
      );
      const cell = Number(/cell=\d\.(\d+)/.exec(page.url())![1]);
      expect(Math.abs(cell - 31.5)).toBeLessThan(5);
      await vi.waitFor(async () => {
        const [card, plot] = [
          (await page.getByTestId("cell-detail").boundingBox())!,
          (await canvas.boundingBox())!,
        ];
        const apart =
          card.x >= plot.x + plot.width ||
          plot.x >= card.x + card.width ||
          card.y >= plot.y + plot.height ||
          plot.y >= card.y + card.height;
        expect(apart).toBe(true);
      }, polling);
      await page.keyboard.press("Escape");
      await page.getByTestId("cell-detail").waitFor({ state: "detached" });
    }
    await page.getByTestId("chart-occupancy-1").locator("canvas").click();
    await page.getByTestId("cell-detail").waitFor();
    await page.getByTestId("tab-drift").click();
    await vi.waitFor(() => expect(page.url()).not.toContain("cell="), polling);
    await page.getByTestId("tab-occupancy").click();
    await page.getByTestId("chart-occupancy-0").waitFor();
    expect(await page.getByTestId("cell-detail").count()).toBe(0);
  });

  it("keep the cell away from the plot of an alarm", async () => {
    const { page } = await showBeating(20, "?tab=occupancy&cell=0.5&at=occupancy-3");
    const overlap = async (): Promise<number> => {
      const [card, plot] = [
        (await page.getByTestId("cell-detail").boundingBox())!,
        (await page.getByTestId("chart-occupancy-3").boundingBox())!,
      ];
      const width = Math.min(card.x + card.width, plot.x + plot.width) - Math.max(card.x, plot.x);
      const height = Math.min(card.y + card.height, plot.y + plot.height) - Math.max(card.y, plot.y);
      return Math.max(0, width) * Math.max(0, height);
    };
    await vi.waitFor(async () => expect(await overlap()).toBe(0), polling);
  });

  it("show the ledger as out of date while no new data arrives", async () => {
    const { page, source, bridge, text } = await showBeating(20);
    const verdict = page.getByTestId("ledger-verdict");
    await vi.waitFor(
      async () => expect(await text("ledger-verdict")).toBe("good:\nall rows accounted for"),
      polling,
    );
    source.stop();
    await bridge.close();
    await vi.waitFor(async () => expect(await text("ledger-verdict")).toBe("no data:\nout of date"), polling);
    expect(await verdict.getAttribute("class")).toContain("is-none");
    expect(await verdict.locator(".is-good").count()).toBe(0);
  });

  it("show the last rejected rows with their reasons", async () => {
    const sample: RowSample = {
      kind: "malformed",
      reason: "fields",
      text: "2,1,<b>7</b>",
      partition: 3,
      offset: "99",
      record_ms: null,
      seen_ms: 45_296_000,
    };
    const { page, text } = await show({ source: new BeatingSource(5), bridge: { samples: () => [sample] } });
    await page.getByTestId("rows-open").click();
    await vi.waitFor(async () => expect(await text("rows")).toContain("2,1,<b>7</b>"), polling);
    expect(await text("rows")).toMatch(/malformed fields[^]*12:34:56 UTC partition 3, offset 99/);
  });

  it("show the lights on the wall display, and return", async () => {
    const { page, text } = await showBeating(30);
    await page.keyboard.press("w");
    await vi.waitFor(async () => expect((await text("wall-verdict")).length).toBeGreaterThan(3), polling);
    const size = await page
      .getByTestId("wall-verdict")
      .evaluate((one) => Number.parseFloat(getComputedStyle(one).fontSize));
    expect(size).toBeGreaterThan(36);
    await page.keyboard.press("Escape");
    await page.getByTestId("verdict").waitFor();
  });

  it("ask for permission before they play sounds, and remember the answer", async () => {
    const { page } = await showBeating(5);
    const mute = page.getByTestId("mute");
    expect(await mute.getAttribute("aria-pressed")).toBe("false");
    await mute.click();
    await page.reload();
    await vi.waitFor(async () => expect(await mute.getAttribute("aria-pressed")).toBe("true"), polling);
  });

  it("give one notice and one sound for an alarm, until it is acknowledged, and none when muted", async () => {
    const { page, source } = await showBeating(40, "?panel=alarms");
    await page.context().grantPermissions(["notifications"]);
    await page.addInitScript(listen);
    await page.reload();
    await page.getByTestId("mute").click();
    const heard = (): Promise<Heard> =>
      page.evaluate(() => (globalThis as unknown as { heard: Heard }).heard);
    const noticesOf = async (chamber: number): Promise<Heard["notices"]> =>
      (await heard()).notices.filter(({ title }) => title.includes(`Chamber ${chamber}: no hits`));

    source.silentChambers = [2];
    await vi.waitFor(async () => expect(await noticesOf(2)).toHaveLength(1), polling);
    expect(await noticesOf(2)).toMatchObject([{ body: expect.stringMatching(/\w/), closed: false }]);
    expect((await noticesOf(2))[0]?.title).toMatch(/^■ bad: /);
    // A bad alarm plays three times two tones; other sounds may precede it.
    expect((await heard()).tones).toBeGreaterThanOrEqual(6);
    const { newest } = source;
    await vi.waitFor(() => expect(source.newest).toBeGreaterThan(newest + 3), polling);
    expect(await noticesOf(2)).toHaveLength(1);

    const alarm = page.getByTestId("alarms-standing").getByTestId("alarm-silent-chamber");
    await page.getByTestId("shifter").fill("Ada");
    await alarm.getByTestId("acknowledge").click();
    await vi.waitFor(async () => expect(await noticesOf(2)).toMatchObject([{ closed: true }]), polling);

    await page.getByTestId("mute").click();
    const before = await heard();
    source.silentChambers = [2, 0];
    await alarm.filter({ hasText: "Chamber 0" }).waitFor();
    const after = await heard();
    expect([after.tones, after.notices.length]).toEqual([before.tones, before.notices.length]);
  });
});

/** Notifications and sounds of the page. */
interface Heard {
  notices: { title: string; body: string; closed: boolean }[];
  tones: number;
}

/** Replaces desktop notifications and sound; runs in the page. */
function listen(): void {
  const heard: Heard = { notices: [], tones: 0 };
  class HeardNotification extends Notification {
    private readonly notice: Heard["notices"][number];
    constructor(title: string, options: NotificationOptions = {}) {
      super(title, options);
      this.notice = { title, body: options.body ?? "", closed: false };
      heard.notices.push(this.notice);
    }
    override close(): void {
      this.notice.closed = true;
      super.close();
    }
  }
  const parameter = { value: 0, setValueAtTime: () => 0, linearRampToValueAtTime: () => 0 };
  const node = {
    frequency: parameter,
    gain: { ...parameter, exponentialRampToValueAtTime: () => 0 },
    connect: (next: unknown) => next,
    start: () => (heard.tones += 1),
    stop: () => undefined,
  };
  class HeardAudio {
    currentTime = 0;
    resume = (): Promise<void> => Promise.resolve();
    createOscillator = (): unknown => node;
    createGain = (): unknown => node;
  }
  Object.assign(globalThis, { heard, Notification: HeardNotification, AudioContext: HeardAudio });
}
