/** The container engine of the tests: found or missed, the image of the project, and hosts as containers on a network. */
import { execFile, spawnSync } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe } from "vitest";
import { root } from "../../infra/bootstrap.js";
import { withLock } from "../../runners/process/index.js";
import { readProjectFile } from "../infra/project-files.js";

const run = promisify(execFile);
const version = (JSON.parse(readProjectFile("package.json")) as { version: string }).version;
export const image = `muonitor:${version}`;
/** The classic builder is everywhere; the other one is a plug-in. */
const env = { ...process.env, DOCKER_BUILDKIT: "0", COMPOSE_DOCKER_CLI_BUILD: "0" };

const answers = (command: string, ...args: string[]): boolean =>
  spawnSync(command, args, { env, stdio: "ignore" }).status === 0;

const engine = answers("docker", "info");
/** `docker compose` if the plug-in exists, else `docker-compose`. */
const compose =
  !engine || answers("docker", "compose", "version") ? ["docker", "compose"] : ["docker-compose"];

/** Tests that need an engine: skipped with the reason in their title where none answers, but not in a CI run. */
export function describeWithEngine(title: string, tests: () => void): void {
  const skipped = !engine && process.env["CI"] !== "true";
  describe.skipIf(skipped)(`${title}${skipped ? " (skipped: no container engine answers)" : ""}`, tests);
}

/** They take some twelve minutes together: run by hand with MUONITOR_HOSTS=1. */
export function describeWithHosts(title: string, tests: () => void): void {
  if (process.env["MUONITOR_HOSTS"] === "1") describeWithEngine(title, tests);
  else describe.skip(`${title} (skipped: MUONITOR_HOSTS is not 1)`, tests);
}

export async function docker(...args: string[]): Promise<string> {
  return (await run("docker", args, { env, maxBuffer: 1 << 26 })).stdout.trim();
}

/** @param ports by the variables of the compose file */
export async function composed(
  { folder, project, ports }: { folder: string; project: string; ports: Record<string, string> },
  ...args: string[]
): Promise<string> {
  const [command = "", ...words] = [...compose, "-p", project, "-f", join(folder, "compose.yaml"), ...args];
  const around = { env: { ...env, ...ports }, cwd: folder, maxBuffer: 1 << 26 };
  return (await run(command, words, around)).stdout.trim();
}

/** Makes bundle and image, with these sets of jars from this machine, so that Maven has nothing to fetch in the build. */
export async function buildImage(
  folder: string,
  jars = ["kafka", "beam-flink", "s3-server"],
  tag = image,
): Promise<string> {
  const bundle = join(folder, "muonitor");
  // Files of tests that run side by side would build the same twice; the second takes the layers of the first.
  const lock = join(root, ".muonitor/image.lock");
  await withLock(lock, {}, async () => {
    const pack = ["infra/pack.js", "--output", folder, "--jars", jars.join()];
    await run(process.execPath, pack, { cwd: root, maxBuffer: 1 << 26 });
    const dockerfile = join(bundle, "infra/containers/Dockerfile");
    await docker("build", "-q", "-t", tag, "-f", dockerfile, "--build-arg", `JARS=${jars.join(" ")}`, bundle);
  });
  return bundle;
}

/** Hosts with addresses of their own on a network of their own, which this machine reaches too. */
export class Hosts {
  private readonly started = new Set<string>();

  private constructor(
    readonly network: string,
    private readonly prefix: string,
    private readonly tag: string,
  ) {}

  /** @param prefix of the addresses: "172.31.77" */
  static async create(prefix: string, tag = image): Promise<Hosts> {
    const network = `muonitor-hosts-${process.pid}`;
    await docker("network", "create", "--subnet", `${prefix}.0/24`, network);
    await docker("volume", "create", network);
    return new Hosts(network, prefix, tag);
  }

  address(number: number): string {
    return `${this.prefix}.${number}`;
  }

  private name(number: number): string {
    return `${this.network}-${number}`;
  }

  /** Starts a host that has this command and nothing else; all hosts see one folder as /shared. */
  async start(number: number, command: readonly string[], more: readonly string[] = []): Promise<void> {
    const where = ["--name", this.name(number), "--network", this.network, "--ip", this.address(number)];
    const limits = ["--init", "--cap-drop", "ALL", "--security-opt", "no-new-privileges"];
    await docker(
      "run",
      "-d",
      ...where,
      ...limits,
      "-v",
      `${this.network}:/shared`,
      ...more,
      this.tag,
      ...command,
    );
    this.started.add(this.name(number));
  }

  /** Whether a service reports that it works. */
  async isReady(number: number): Promise<boolean> {
    return (await this.output(number)).includes("is ready at");
  }

  /** Waits for the end of its command. */
  async exitCode(number: number): Promise<number> {
    return Number(await docker("wait", this.name(number)));
  }

  async output(number: number): Promise<string> {
    const { stdout, stderr } = await run("docker", ["logs", this.name(number)], { env, maxBuffer: 1 << 26 });
    return stdout + stderr;
  }

  /** As a power cut: nothing gets the chance to tidy up. */
  async kill(number: number): Promise<void> {
    await docker("kill", this.name(number));
  }

  /** Restarts a killed or stopped host with its disk unchanged. */
  async switchOn(number: number): Promise<void> {
    await docker("start", this.name(number));
  }

  /** In order, as for maintenance. */
  async stop(number: number): Promise<void> {
    await docker("stop", "-t", "30", this.name(number));
  }

  /** For ever, with its disk. */
  async lose(number: number): Promise<void> {
    await docker("rm", "-f", "-v", this.name(number));
    this.started.delete(this.name(number));
  }

  async unplug(number: number): Promise<void> {
    await docker("network", "disconnect", this.network, this.name(number));
  }

  async plugIn(number: number): Promise<void> {
    await docker("network", "connect", "--ip", this.address(number), this.network, this.name(number));
  }

  async inside(number: number, ...command: string[]): Promise<string> {
    return docker("exec", this.name(number), ...command);
  }

  async remove(): Promise<void> {
    for (const name of this.started) await docker("rm", "-f", "-v", name);
    await docker("network", "rm", this.network);
    await docker("volume", "rm", "-f", this.network);
  }
}
