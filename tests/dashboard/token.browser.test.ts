/** A bridge that requires a token: the page asks for it and keeps it for its tab. */
import type { Page } from "playwright-core";
import { describe, expect, it, vi } from "vitest";
import { axeViolations } from "./axe.js";
import { BeatingSource } from "./beating-source.js";
import { chromium, polling, serve, useBrowser } from "./page-support.js";

const token = "secret of the shift";

describe.skipIf(chromium === null)("the page of a bridge with a token", { timeout: 240_000 }, () => {
  const { show } = useBrowser();

  async function give(page: Page, given: string): Promise<void> {
    await page.getByTestId("token-input").fill(given);
    await page.keyboard.press("Enter");
  }

  it("asks for the token, reports a wrong token, and shows the data with the correct one, even after a reload", async () => {
    const source = new BeatingSource(10);
    const { page, complaints, text } = await show({ source, bridge: { token }, query: "?panel=alarms" });
    const dialog = page.getByTestId("token");
    await dialog.waitFor();
    expect(await text("connection")).toBe("token required");
    expect(await page.title()).toContain("Token required");
    expect(await page.getByTestId("token-wrong").count()).toBe(0);

    // The input has the focus.
    await page.locator("[data-testid=token-input]:focus").waitFor();
    await give(page, "secret of another");
    await vi.waitFor(async () => expect(await text("token-wrong")).toMatch(/token is wrong/), polling);
    await page.keyboard.press("Escape");
    expect(await dialog.isVisible()).toBe(true);

    await give(page, `${token} `);
    await dialog.waitFor({ state: "detached" });
    await page.getByTestId("total-hits").waitFor();
    await vi.waitFor(async () => expect(await text("connection")).toBe("live"), polling);
    // Requests of panels at the start of the page are not lost while the dialog is open.
    await page.locator(".rules summary").waitFor();

    await page.reload();
    await page.getByTestId("total-hits").waitFor();
    expect(await dialog.count()).toBe(0);
    expect(page.url()).not.toContain("secret");
    expect(complaints).toEqual([]);
  });

  it("continues with its token when the bridge restarts, and asks again if the token has changed", async () => {
    const { page, bridge, text } = await show({ source: new BeatingSource(5), bridge: { token } });
    await give(page, token);
    await page.getByTestId("total-hits").waitFor();
    await bridge.close();
    const again = await serve(new BeatingSource(5), { token, port: bridge.port });
    await vi.waitFor(() => expect(again.viewers.clients).toBe(1), polling);
    await again.close();
    await serve(new BeatingSource(5), { token: "of the next shift", port: bridge.port });
    await vi.waitFor(async () => expect(await text("token-wrong")).toMatch(/token is wrong/), polling);
    await give(page, "of the next shift");
    await vi.waitFor(async () => expect(await text("connection")).toBe("live"), polling);
  });

  it.each(["light", "dark"] as const)(
    "asks with an accessible dialog, in %s colours",
    async (colorScheme) => {
      const { page } = await show({ source: new BeatingSource(3), bridge: { token }, colorScheme });
      await give(page, "wrong");
      await page.getByTestId("token-wrong").waitFor();
      expect(await axeViolations(page)).toEqual([]);
    },
  );
});
