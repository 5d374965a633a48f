/** The compose file on a real container engine: from a bundle to the page in a browser, and killed services. */
import { setTimeout as pause } from "node:timers/promises";
import { GenericContainer, Wait } from "testcontainers";
import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";
import { findChromium, launch } from "../helpers/browser.js";
import { freePorts } from "../../runners/services/index.js";
import { scratchFolder } from "../helpers/scratch.js";
import { testClient, testKeys, uploads } from "../producer/s3/s3-server.js";
import { buildImage, composed, describeWithEngine, docker, image } from "./engine.js";

const scratch = scratchFolder();
const polling = { timeout: 240_000, interval: 500 };
const project = "muonitor-test";

describeWithEngine("the containers", () => {
  let folder = "";
  let page = "";
  let ports: Record<string, string> = {};
  const compose = (...args: string[]): Promise<string> => composed({ folder, project, ports }, ...args);
  const status = (path: string): Promise<number> =>
    fetch(page + path).then(
      (answer) => answer.status,
      () => 0,
    );

  const choosePorts = async (): Promise<void> => {
    const free = await freePorts(4);
    const names = ["PAGE", "KAFKA", "FLINK", "S3"];
    ports = Object.fromEntries(names.map((name, i) => [`MUONITOR_${name}_PORT`, String(free[i])]));
    page = `http://127.0.0.1:${free[0]}`;
  };

  beforeAll(async () => {
    folder = await buildImage(scratch.folder("bundle"));
    await choosePorts();
    await compose("up", "-d");
  }, 900_000);
  afterAll(() => compose("down", "-v", "--remove-orphans"), 180_000);

  it("start with one command, and data flows", async () => {
    await expect.poll(() => status("/readyz"), polling).toBe(200);
    const running = (): Promise<unknown> => fetch(`${page}/api/status`).then((answer) => answer.json());
    await expect.poll(running, polling).toMatchObject({ demo: true });
    expect(await compose("logs", "bridge")).toContain(`Muonitor shows minidt at ${page}/`);
  });

  it("show the page in a browser", async () => {
    const browser = await launch(findChromium() ?? "chromium");
    onTestFinished(() => browser.close());
    const tab = await browser.newPage();
    await tab.goto(page);
    await expect.poll(() => tab.textContent("body"), polling).toMatch(/64\s*\/\s*64/);
  });

  it("run as an ordinary user with a read-only file system", async () => {
    const id = await compose("ps", "-q", "bridge");
    expect(await docker("exec", id, "id", "-u")).toBe("1000");
    await expect(docker("exec", id, "touch", "/opt/muonitor/x")).rejects.toThrow(/Read-only/);
  });

  it("lose no rows when a TaskManager and the JobManager are killed", async () => {
    for (const name of ["taskmanager-1", "jobmanager"]) {
      const id = await compose("ps", "-q", name);
      await docker("kill", id);
      await docker("start", id);
      await pause(1000);
      await expect.poll(() => status("/readyz"), polling).toBe(200);
    }
    await compose("stop", "producer");
    const audit = [
      "run",
      "--rm",
      "-T",
      "--entrypoint",
      "muonitor",
      "job",
      "audit",
      "--bootstrap-servers",
      "kafka:19092",
    ];
    await expect.poll(() => compose(...audit).then(() => "complete", String), polling).toBe("complete");
  });

  it("resume with their data after they were removed and started again", async () => {
    await compose("down");
    // Another test may have taken a port meanwhile.
    await choosePorts();
    await compose("up", "-d");
    await expect.poll(() => status("/readyz"), polling).toBe(200);
    expect(await compose("logs", "job")).toContain("the job muonitor already exists");
  }, 600_000);

  it("can also be started by Testcontainers: an S3 server from the same image", async () => {
    process.env["TESTCONTAINERS_RYUK_DISABLED"] = "true";
    const server = await new GenericContainer(image)
      .withCommand(["serve", "s3", "--host", "s3"])
      .withEnvironment({
        AWS_ACCESS_KEY_ID: testKeys.accessKeyId,
        AWS_SECRET_ACCESS_KEY: testKeys.secretAccessKey,
      })
      .withExposedPorts(9000)
      .withWaitStrategy(Wait.forLogMessage(/s3 is ready at/))
      .withStartupTimeout(polling.timeout)
      .start();
    onTestFinished(async () => {
      await server.stop();
    });
    const { makeBucket, put } = uploads(testClient(`http://127.0.0.1:${server.getMappedPort(9000)}`));
    await makeBucket("minidt");
    await put("minidt", "rows.csv", "2,0,1,5,5,5\n");
  });
});
