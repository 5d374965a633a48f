/** Container engine for tests: detects the engine, builds the project's image, and runs hosts as containers on a network. */
import { execFile, spawn, spawnSync } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe } from "vitest";
import { root } from "../../infra/bootstrap.js";
import { withLock } from "../../runners/process/index.js";
import { readProjectFile } from "../infra/project-files.js";

const run = promisify(execFile);
const version = (JSON.parse(readProjectFile("package.json")) as { version: string }).version;
export const image = `muonitor:${version}`;
/** The classic builder, which is always present; BuildKit is a plug-in. */
const env = { ...process.env, DOCKER_BUILDKIT: "0", COMPOSE_DOCKER_CLI_BUILD: "0" };

const answers = (command: string, ...args: string[]): boolean =>
  spawnSync(command, args, { env, stdio: "ignore" }).status === 0;

const engine = answers("docker", "info");
/** `docker compose` if the plug-in exists, else `docker-compose`. */
const compose =
  !engine || answers("docker", "compose", "version") ? ["docker", "compose"] : ["docker-compose"];

/** Tests that need an engine: without one they are skipped with the reason in their title, but fail in CI. */
export function describeWithEngine(title: string, tests: () => void): void {
  const skipped = !engine && process.env["CI"] !== "true";
  describe.skipIf(skipped)(`${title}${skipped ? " (skipped: no container engine answers)" : ""}`, tests);
}

/**
 * Tests with several hosts: about 12 minutes in total, as root, with container addresses that this machine can reach.
 * They run in CI, or with MUONITOR_HOSTS=1.
 */
export function describeWithHosts(title: string, tests: () => void): void {
  if (process.env["CI"] === "true" || process.env["MUONITOR_HOSTS"] === "1") describeWithEngine(title, tests);
  else describe.skip(`${title} (skipped: no CI run, and MUONITOR_HOSTS is not 1)`, tests);
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
  const settings = { env: { ...env, ...ports }, cwd: folder, maxBuffer: 1 << 26 };
  return (await run(command, words, settings)).stdout.trim();
}

/** Makes bundle and image with these sets of jars from this machine, so Maven has nothing to download. */
export async function buildImage(
  folder: string,
  jars = ["kafka", "beam-flink", "s3-server"],
  tag = image,
): Promise<string> {
  const bundle = join(folder, "muonitor");
  // Two runs of the tests may both build the image; the second build reuses the layers of the first.
  const lock = join(root, ".muonitor/image.lock");
  await withLock(lock, {}, async () => {
    const pack = ["infra/pack.js", "--output", folder, "--jars", jars.join()];
    await run(process.execPath, pack, { cwd: root, maxBuffer: 1 << 26 });
    const dockerfile = join(bundle, "infra/containers/Dockerfile");
    await docker("build", "-q", "-t", tag, "-f", dockerfile, "--build-arg", `JARS=${jars.join(" ")}`, bundle);
  });
  return bundle;
}

/** Timeouts for a busy machine with two cores. */
export const polling = { timeout: 360_000, interval: 500 };

const firstNetwork = 77;
const lastNetwork = 99;

/** Hosts with their own addresses on their own network, which this machine can also reach. */
export class Hosts {
  private readonly started = new Set<string>();

  private constructor(
    readonly network: string,
    private readonly prefix: string,
    private readonly options: HostOptions,
  ) {}

  /** Uses the first address range without a network, because a killed run may have left one behind. */
  static async create(options: Partial<HostOptions> = {}): Promise<Hosts> {
    const network = `muonitor-hosts-${process.pid}`;
    for (let third = firstNetwork; ; third += 1) {
      const prefix = `172.31.${third}`;
      try {
        await docker("network", "create", "--subnet", `${prefix}.0/24`, network);
        await docker("volume", "create", network);
        return new Hosts(network, prefix, { tag: image, mounts: [], ...options });
      } catch (error) {
        if (third === lastNetwork || !String(error).includes("overlaps")) throw error;
      }
    }
  }

  address(number: number): string {
    return `${this.prefix}.${number}`;
  }

  private name(number: number): string {
    return `${this.network}-${number}`;
  }

  /** Starts a host that runs only this command; all hosts see one folder as /shared. */
  async start(number: number, command: readonly string[]): Promise<void> {
    const name = this.name(number);
    const where = ["--name", name, "--network", this.network, "--ip", this.address(number)];
    const limits = ["--init", "--cap-drop", "ALL", "--security-opt", "no-new-privileges"];
    const mounts = [`${this.network}:/shared`, ...this.options.mounts].flatMap((mount) => ["-v", mount]);
    this.started.add(name);
    await docker("run", "-d", ...where, ...limits, ...mounts, this.options.tag, ...command);
  }

  /** Starts a host that serves one role of a cluster. */
  serve(number: number, role: string, ...options: string[]): Promise<void> {
    return this.start(number, ["serve", role, "--host", this.address(number), ...options]);
  }

  /** Waits until the services of these hosts report that they are ready. */
  async ready(...numbers: number[]): Promise<void> {
    await Promise.all(numbers.map((number) => this.reports(number, "is ready at")));
  }

  /** Waits for a text in the output of a host. @throws with the output if the host stops, or does not report it in time */
  private async reports(number: number, text: string): Promise<void> {
    // Following the output is cheaper than polling, which starts the client each time.
    const following = spawn("docker", ["logs", "--follow", this.name(number)], { env });
    const deadline = setTimeout(() => following.kill(), polling.timeout);
    let output = "";
    const found = new Promise<boolean>((resolve) => {
      for (const stream of [following.stdout, following.stderr])
        stream.on("data", (data: Buffer) => {
          output += data.toString();
          if (output.includes(text)) resolve(true);
        });
      following.once("close", () => resolve(false));
    });
    const isFound = await found;
    clearTimeout(deadline);
    following.kill();
    if (!isFound) throw new Error(`host ${number} does not report "${text}":\n${output}`);
  }

  /** Waits until the host's command has ended. */
  async exitCode(number: number): Promise<number> {
    return Number(await docker("wait", this.name(number)));
  }

  async output(number: number): Promise<string> {
    const { stdout, stderr } = await run("docker", ["logs", this.name(number)], { env, maxBuffer: 1 << 26 });
    return stdout + stderr;
  }

  /** Like a power cut: no process can clean up. */
  async kill(number: number): Promise<void> {
    await docker("kill", this.name(number));
  }

  /** Restarts a killed or stopped host with its disk unchanged. */
  async switchOn(number: number): Promise<void> {
    await docker("start", this.name(number));
  }

  /** Orderly shutdown, as for maintenance. */
  async stop(number: number): Promise<void> {
    await docker("stop", "-t", "30", this.name(number));
  }

  /** Removes the host and its disk permanently. */
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

  /** Process on this machine that runs in the host's network. */
  async processId(number: number): Promise<string> {
    return docker("inspect", "-f", "{{.State.Pid}}", this.name(number));
  }

  async inside(number: number, ...command: string[]): Promise<string> {
    return docker("exec", this.name(number), ...command);
  }

  /** The last lines of each host's output, for a failed test. */
  async lastLogLines(): Promise<string> {
    const ends = [...this.started].map(async (name) => {
      const state = await docker("inspect", "-f", "{{.State.Status}} {{.State.ExitCode}}", name).catch(
        String,
      );
      const { stdout, stderr } = await run("docker", ["logs", "--tail", "15", name], { env }).catch(
        (error: unknown) => ({ stdout: String(error), stderr: "" }),
      );
      return `${name} (${state}):\n${stdout}${stderr}`;
    });
    return (await Promise.all(ends)).join("\n");
  }

  async remove(): Promise<void> {
    if (this.started.size > 0) await docker("rm", "-f", "-v", ...this.started);
    await docker("network", "rm", this.network);
    await docker("volume", "rm", "-f", this.network);
  }
}

interface HostOptions {
  /** Image of all hosts. */
  tag: string;
  /** Folders and files of this machine that are mounted in all hosts: `PATH:PATH:ro`. */
  mounts: readonly string[];
}
