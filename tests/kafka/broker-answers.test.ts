/** The first response of a connection shows whether the server is a broker. */
import { createServer, type AddressInfo, type Server } from "node:net";
import type { ISocketFactory } from "kafkajs";
import { afterEach, expect, it } from "vitest";
import { brokerSockets } from "../../runners/kafka/broker-socket.js";

let server: Server;
afterEach(() => new Promise((resolve) => server.close(resolve)));

/** @returns bytes received until the connection ended, and the reason for its end */
async function received(answer: Buffer): Promise<[number, string | null]> {
  server = createServer((socket) => socket.on("error", () => undefined).end(answer));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return new Promise((resolve) => {
    let [bytes, reason]: [number, string | null] = [0, null];
    const plain = { host: "127.0.0.1", port, ssl: false, onConnect: () => undefined };
    const socket = brokerSockets(60_000)(plain as unknown as Parameters<ISocketFactory>[0]);
    socket.on("data", (chunk: Buffer) => (bytes += chunk.length));
    socket.on("error", ({ message }: Error) => (reason = message));
    socket.on("close", () => resolve([bytes, reason]));
  });
}

/** A response with its size prefix. */
function sized(bytes: number): Buffer {
  const answer = Buffer.alloc(4 + bytes);
  answer.writeInt32BE(bytes);
  return answer;
}

it.each([10, 1 << 20, 20 << 20])("a response of %i bytes is accepted", async (bytes) => {
  expect(await received(sized(bytes))).toEqual([4 + bytes, null]);
});

it.each([
  ["HTTP", Buffer.from("HTTP/1.1 400 Bad Request\r\n\r\n")],
  ["a TLS alert", Buffer.from([0x15, 3, 1, 0, 2, 2, 70])],
  ["a greeting", Buffer.from("220 mail\r\n")],
  ["a negative size", Buffer.alloc(64, 0xa5)],
])("not: %s", async (_, answer) => {
  expect(await received(answer)).toEqual([0, "its answer is not that of a Kafka broker"]);
});
