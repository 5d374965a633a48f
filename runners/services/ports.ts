/** TCP ports on the loopback interface. */
import { connect, createServer, type AddressInfo, type Server } from "node:net";

export const loopback = "127.0.0.1";

/** A port without a listener. */
export async function freePort(): Promise<number> {
  const [port] = await freePorts(1);
  return port as number;
}

/** Ports chosen by this process: services that start together must not get the same port before they listen on it. */
const chosen = new Set<number>();
/** Far fewer than the ports of a machine, so that a free one is always found. */
const maxChosen = 5000;

/** Distinct ports without listeners, none of which was chosen recently. */
export async function freePorts(count: number): Promise<number[]> {
  if (chosen.size + count > maxChosen) chosen.clear();
  const held: Server[] = [];
  try {
    const ports: number[] = [];
    while (ports.length < count) {
      const server = createServer();
      held.push(server);
      await new Promise<void>((resolve, reject) => {
        server.once("error", reject).listen(0, loopback, resolve);
      });
      const { port } = server.address() as AddressInfo;
      if (chosen.has(port)) continue;
      chosen.add(port);
      ports.push(port);
    }
    return ports;
  } finally {
    await Promise.all(held.map((server) => new Promise((resolve) => server.close(resolve))));
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
