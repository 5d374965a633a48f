/** The verb `worker`: an address, one clear line, and a clean end. */
import { expect, it } from "vitest";
import { startMuonitor } from "./real-process.js";
import { runCli } from "./run-cli.js";
import { isListening } from "../../runners/services/index.js";
import { scratchFolder } from "../helpers/scratch.js";

const scratch = scratchFolder();

it("worker prints its address, refuses a port in use, and ends by Ctrl-C", async () => {
  const worker = startMuonitor(["worker", "--port", "0"], scratch.path);
  const address = /^workers at 127\.0\.0\.1:(\d+)\n$/;
  await expect.poll(worker.stdout, { timeout: 20_000 }).toMatch(address);
  const port = Number(address.exec(worker.stdout())![1]);
  expect(await isListening(port)).toBe(true);
  expect(await runCli(["worker", "--port", String(port)])).toEqual({
    code: 1,
    stdout: "",
    stderr: `muonitor: worker pool: port ${port} is in use\n`,
  });
  worker.signal("SIGINT");
  expect(await worker.ended).toBe(0);
  expect(await isListening(port)).toBe(false);
});

it("worker warns when other machines can reach it", async () => {
  const over = new AbortController();
  const running = runCli(["worker", "--port", "0", "--host", "0.0.0.0"], { signal: over.signal });
  over.abort();
  const { code, stderr } = await running;
  expect([code, stderr]).toEqual([0, expect.stringContaining("can run code as this user")]);
});
