/**
 * A Spark cluster of several machines: master, two workers and the driver on separate hosts. The host of a worker is lost
 * in the middle of a bounded run; the messages must be the same as from the direct runner.
 */
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { writeRows } from "../bench/measure/process-run.js";
import { processFile } from "../helpers/process-file.js";
import { sparkState } from "../../runners/services/spark-hosts.js";
import { temporaryState } from "../services/with-java.js";
import { buildImage, describeWithHosts, Hosts, image, polling } from "./engine.js";

const [master, driver] = [40, 43];
const workers = [41, 42];
const slots = 2;
const rowsOnHosts = "/rows.csv";
const rows = 10_000_000;

describeWithHosts("a Spark cluster of several machines", () => {
  const stateFolder = temporaryState();
  const file = join(stateFolder, "rows.csv");
  let hosts!: Hosts;

  beforeAll(async () => {
    writeRows(file, rows, 500_000);
    const tag = `${image}-spark`;
    await buildImage(join(stateFolder, "bundle"), ["beam-spark"], tag);
    hosts = await Hosts.create({ tag, mounts: [`${file}:${rowsOnHosts}:ro`] });
    await hosts.serve(master, "spark-master");
    await hosts.ready(master);
    const options = [`--spark-master=${hosts.address(master)}`, `--slots=${slots}`, "--memory=1024"];
    await Promise.all(workers.map((number) => hosts.serve(number, "spark-worker", ...options)));
    await hosts.ready(...workers);
  }, 900_000);

  afterEach(async ({ task }) => {
    if (task.result?.state === "fail") console.error(await hosts.lastLogLines());
  });

  afterAll(() => hosts.remove(), 180_000);

  it("gives the same messages as the direct runner when the host of a worker is lost", async () => {
    const cluster = [`--spark-master=spark://${hosts.address(master)}:7077`, "--worker-pool=127.0.0.1:50000"];
    const paths = ["--shared-dir=/shared", `--input=${rowsOnHosts}`, "--output=-"];
    const size = ["--workers=4", "--piece-size=4"];
    await hosts.start(driver, ["process", "--runner=spark", ...cluster, ...size, ...paths]);
    const page = `http://${hosts.address(master)}:8080/json/`;
    await expect.poll(async () => (await sparkState(page)).coresused, polling).toBe(workers.length * slots);
    // Partial results of the first pieces exist.
    const partials = (): Promise<string> => hosts.inside(driver, "find", "/shared", "-type", "f");
    await expect.poll(partials, polling).not.toBe("");
    await hosts.lose(workers[1] ?? 0);
    expect(await hosts.exitCode(driver)).toBe(0);
    const lines = (await hosts.output(driver)).split("\n").filter((line) => line.startsWith("{"));
    const expected = (await processFile(file)).lines;
    expect(lines.map(unstamped)).toEqual(expected.map(unstamped));
    expect((await sparkState(page)).workers.filter(({ state }) => state === "ALIVE")).toHaveLength(1);
  });
});

/** The message without its emission time, the last key. */
const unstamped = (line: string): string => line.slice(0, line.lastIndexOf(`,"emitted_ms"`));
