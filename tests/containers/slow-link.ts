/**
 * A slow and lossy link of one host, for connections to its own ports and those of other hosts: a proxy in the host's network
 * delays the data, and the kernel drops packets at random. Needs root on this machine.
 */
import { execFile, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Hosts } from "./engine.js";

const run = promisify(execFile);
const proxy = fileURLToPath(new URL("slow-proxy.js", import.meta.url));
const firstProxyPort = 20_000;
/** User of the image, whose connections are redirected through the proxy; the proxy itself runs as root. */
const user = "1000";

/** Whether this process may enter the network of a container. */
export const canSlowDown = process.getuid?.() === 0;

interface SlowLinkOptions {
  hosts: Hosts;
  number: number;
  /** Remote ends of the host's outgoing connections. */
  others: readonly number[];
  ports: readonly number[];
  /** Delay in each direction, ms. */
  delayMs: number;
  /** Fraction of packets lost in each direction. */
  loss: number;
}

type Rule = readonly string[];

export class SlowLink {
  private constructor(
    private readonly pid: string,
    private readonly child: ChildProcess,
    private readonly rules: readonly Rule[],
  ) {}

  /** Starts the slow link. Existing connections are reset, so the new connections are slow. */
  static async start({ hosts, number, others, ports, delayMs, loss }: SlowLinkOptions): Promise<SlowLink> {
    const pid = await hosts.processId(number);
    const own = ports.map((port, i) => ({ port, at: firstProxyPort + i, host: "127.0.0.1" }));
    const far = others.flatMap((other, j) =>
      ports.map((port, i) => ({
        port,
        at: firstProxyPort + ports.length * (j + 1) + i,
        host: hosts.address(other),
      })),
    );
    const links = [...own, ...far].map(({ at, host, port }) => `${at}=${host}:${port}`);
    const command = ["-t", pid, "-n", process.execPath, proxy, String(delayMs), ...links];
    const child = spawn("nsenter", command, { stdio: ["ignore", "pipe", "inherit"] });
    const link = new SlowLink(pid, child, rulesOf(own, far, ports, loss));
    await Promise.race([
      once(child.stdout, "data"),
      once(child, "exit").then(() => {
        throw new Error(`nsenter ${command.join(" ")} has ended`);
      }),
    ]);
    for (const rule of link.rules) await link.iptables("-A", rule);
    return link;
  }

  async end(): Promise<void> {
    for (const rule of this.rules) await this.iptables("-D", rule);
    const exited = once(this.child, "exit");
    this.child.kill("SIGKILL");
    await exited;
  }

  private async iptables(action: "-A" | "-D", [table = "", chain = "", ...rest]: Rule): Promise<void> {
    const words = ["-t", this.pid, "-n", "iptables", "-w", "10", "-t", table, action, chain, ...rest];
    await run("nsenter", words);
  }
}

interface Detour {
  port: number;
  /** Port of the proxy. */
  at: number;
  host: string;
}

function rulesOf(
  own: readonly Detour[],
  far: readonly Detour[],
  ports: readonly number[],
  loss: number,
): Rule[] {
  const tcp = (port: number): string[] => ["!", "-i", "lo", "-p", "tcp", "--dport", String(port)];
  const out = ({ host, port }: Detour): string[] => [
    ...["-p", "tcp", "-d", host, "--dport", String(port)],
    ...["-m", "owner", "--uid-owner", user],
  ];
  const detour = ({ at }: Detour): string[] => ["-j", "REDIRECT", "--to-ports", String(at)];
  const reset = ["-j", "REJECT", "--reject-with", "tcp-reset"];
  const random = ["-m", "statistic", "--mode", "random", "--probability", String(loss), "-j", "DROP"];
  return [
    ...own.map((one) => ["nat", "PREROUTING", ...tcp(one.port), ...detour(one)]),
    ...far.map((one) => ["nat", "OUTPUT", ...out(one), ...detour(one)]),
    ["filter", "INPUT", "!", "-i", "lo", ...random],
    ["filter", "OUTPUT", "!", "-o", "lo", ...random],
    // Packets that still use the fast path belong to earlier connections.
    ...ports.map((port) => ["filter", "INPUT", ...tcp(port), ...reset]),
    ...far.map((one) => ["filter", "OUTPUT", ...out(one), ...reset]),
  ];
}
