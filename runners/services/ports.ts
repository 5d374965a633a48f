/** TCP ports on the loopback interface. */
import { randomInt } from "node:crypto";
import { once } from "node:events";
import { connect, createServer } from "node:net";
import { UnavailableError } from "../../pipeline/model/index.js";

export const loopback = "127.0.0.1";

/**
 * Below the ports of outgoing connections (from 32768 on Linux, from 49152 elsewhere): one of these could get a port
 * between its choice and the moment when a service listens on it.
 */
const first = 20_000;
const size = 12_768;
/** Processes begin at different ports and continue upwards, so that none is chosen twice within a short time. */
let next = randomInt(size);

/** A port without a listener. */
export async function freePort(): Promise<number> {
  const [port] = await freePorts(1);
  return port as number;
}

/**
 * Distinct ports without listeners, none of which was chosen recently.
 * @throws UnavailableError when there are too few
 */
export async function freePorts(count: number): Promise<number[]> {
  const ports: number[] = [];
  for (let tried = 0; ports.length < count; tried += 1) {
    if (tried === size)
      throw new UnavailableError(`all ports from ${first} to ${first + size - 1} of ${loopback} are in use`);
    const port = first + next;
    next = (next + 1) % size;
    if (await canListen(port)) ports.push(port);
  }
  return ports;
}

async function canListen(port: number): Promise<boolean> {
  const server = createServer();
  try {
    await once(server.listen(port, loopback), "listening");
    return true;
  } catch {
    return false;
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
}

/** Whether a process accepts connections on a port. */
export function isListening(port: number, timeoutMs = 1000): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: loopback, timeout: timeoutMs });
    const end = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.once("connect", () => end(true));
    for (const event of ["error", "timeout"]) socket.once(event, () => end(false));
  });
}
