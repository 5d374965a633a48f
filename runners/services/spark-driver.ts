/** Where a Spark driver listens: its executors call it back. */
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { UnavailableError } from "../../pipeline/model/index.js";
import { loopback } from "./ports.js";

/** The first master of `spark://HOST:PORT,HOST:PORT`. */
const standalone = /^spark:\/\/([^:,/]+):(\d+)/;

/** Settings of a driver for its address. */
export async function driverSettings(sparkMaster: string): Promise<Record<string, string>> {
  const address = await driverAddress(sparkMaster);
  return { "spark.driver.host": address, "spark.driver.bindAddress": address };
}

/**
 * The loopback, as long as the master is on this machine too; else, for then the executors are elsewhere, the address
 * of the one interface that leads to it.
 * @throws UnavailableError when none does
 */
async function driverAddress(sparkMaster: string): Promise<string> {
  const [, host, port] = standalone.exec(sparkMaster) ?? [];
  if (host === undefined) return loopback;
  const address = await addressTowards(host, Number(port)).catch((cause: unknown) => {
    throw new UnavailableError(`${sparkMaster} cannot be reached: ${(cause as Error).message}`, { cause });
  });
  return address.startsWith("127.") ? loopback : address;
}

/** Connecting a UDP socket sends nothing, but makes the system choose a route. */
async function addressTowards(host: string, port: number): Promise<string> {
  const socket = createSocket("udp4");
  try {
    const connected = once(socket, "connect");
    socket.connect(port, host);
    await connected;
    return socket.address().address;
  } finally {
    socket.close();
  }
}
