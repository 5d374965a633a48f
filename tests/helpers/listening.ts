/** Listening TCP sockets of processes, from Linux's /proc. */
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { setInterval } from "node:timers";

const listening = "0A";
const localAddress = /^(?:127\.|::ffff:127\.|::1$)/;

/**
 * Lists the sockets on which a process or one of its descendants accepts connections, each with address, port and command.
 */
function listeningSockets(root: number): string[] {
  const owners = new Map(descendants(root).flatMap((pid) => socketsOf(pid).map((inode) => [inode, pid])));
  return ["tcp", "tcp6"].flatMap((table) =>
    read(`/proc/net/${table}`)
      .split("\n")
      .slice(1)
      .flatMap((line) => {
        const [, local = "", , state, , , , , , inode = ""] = line.trim().split(/\s+/);
        const pid = owners.get(inode);
        if (state !== listening || pid === undefined) return [];
        const command = read(`/proc/${pid}/cmdline`).replaceAll("\0", " ");
        return [`${addressOf(local)} ${command.replaceAll(/--add-opens\S+ /g, "")}`];
      }),
  );
}

/** Polls until it is stopped. @returns all sockets seen, and those not on the loopback interface */
export function watchSockets(root: number): () => { all: string[]; open: string[] } {
  const seen = new Set<string>();
  const look = (): void => listeningSockets(root).forEach((socket) => seen.add(socket));
  const timer = setInterval(look, 200);
  return () => {
    clearInterval(timer);
    look();
    const all = [...seen].sort();
    return { all, open: all.filter((socket) => !localAddress.test(socket)) };
  };
}

/** A process and all its descendants. */
function descendants(root: number): number[] {
  const parents = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    // The command name, in parentheses, may contain spaces.
    .map(
      (pid) => [Number(pid), Number(read(`/proc/${pid}/stat`).split(") ").at(-1)?.split(" ")[1])] as const,
    );
  const found = [root];
  for (const parent of found)
    found.push(...parents.flatMap(([pid, above]) => (above === parent ? [pid] : [])));
  return found;
}

function socketsOf(pid: number): string[] {
  try {
    const folder = `/proc/${pid}/fd`;
    return readdirSync(folder).flatMap((name) => {
      const [, inode] = /^socket:\[(\d+)\]$/.exec(linkOf(`${folder}/${name}`)) ?? [];
      return inode === undefined ? [] : [inode];
    });
  } catch {
    return [];
  }
}

/** `0100007F:1F90` and its long form for IPv6 as `ADDRESS PORT`; each group of four bytes is reversed. */
function addressOf(hex: string): string {
  const [address = "", port = ""] = hex.split(":");
  const bytes = Buffer.from(address, "hex").swap32();
  const text =
    bytes.length === 4
      ? bytes.join(".")
      : bytes.subarray(0, 12).equals(mapped)
        ? `::ffff:${bytes.subarray(12).join(".")}`
        : new URL(`http://[${bytes.toString("hex").match(/.{4}/g)!.join(":")}]`).hostname.slice(1, -1);
  return `${text} ${Number.parseInt(port, 16)}`;
}

const mapped = Buffer.from("00000000000000000000ffff", "hex");

/** Content of a file; empty if the process has just ended. */
function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return "";
  }
}
