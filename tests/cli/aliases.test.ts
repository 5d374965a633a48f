/** init, run, beat, halt, dismiss with the embedded system, each in its own process. */
import { beforeAll, expect, it, onTestFinished } from "vitest";
import type { SystemStatus } from "../../pipeline/model/index.js";
import { buildWithPage } from "../helpers/build.js";
import { scratchFolder } from "../helpers/scratch.js";
import { muonitor, startMuonitor } from "./real-process.js";

beforeAll(buildWithPage, 300_000);
const scratch = scratchFolder();
const state = ["--state-dir", "state"];
const polling = { timeout: 60_000 };

it("the earlier system's verbs work without Kafka", async () => {
  const init = await muonitor(["init", "--runner", "embedded", ...state], scratch.path);
  expect(init).toMatchObject({ code: 0, stdout: expect.stringContaining("nothing to prepare") });

  const run = startMuonitor(["run", "--port", "0", "--window", "1", ...state], scratch.path);
  onTestFinished(() => run.signal("SIGKILL"));
  await expect.poll(run.stdout, polling).toMatch(/^Muonitor is live at http/);
  const beat = startMuonitor(["beat", ...state], scratch.path);
  onTestFinished(() => beat.signal("SIGKILL"));
  const url = run.stdout().trim().replace("Muonitor is live at ", "");
  const rows = async (): Promise<number> => {
    const { hops } = (await (await fetch(new URL("/api/status", url))).json()) as SystemStatus;
    return hops.find(({ hop }) => hop === "readout")?.rate_hz ?? 0;
  };
  await expect.poll(rows, polling).toBeGreaterThan(500);

  const halt = await muonitor(["halt", ...state], scratch.path);
  expect(halt).toEqual({ code: 0, stdout: "beat has stopped\nMuonitor has stopped\n", stderr: "" });
  expect(await Promise.all([run.ended, beat.ended])).toEqual([0, 0]);
  expect(beat.stderr()).toMatch(
    /\n\d+ rows in \d+ messages accepted(; the set rate was not reached: .*)?\n$/,
  );
  const dismiss = await muonitor(["dismiss", ...state], scratch.path);
  expect(dismiss).toEqual({ code: 0, stdout: "Muonitor is not running\n", stderr: "" });
}, 240_000);
