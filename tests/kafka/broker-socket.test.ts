/** Connections of kafkajs whose server goes away. */
import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { expect, it, onTestFinished } from "vitest";
import { brokerSocket } from "../../runners/kafka/broker-socket.js";

it("a closed connection that is disconnected again and again collects no listeners", async () => {
  const server = createServer((socket) => socket.destroy()).listen(0, "127.0.0.1");
  onTestFinished(() => void server.close());
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const socket = brokerSocket({
    ...{ host: "127.0.0.1", port },
    onConnect: () => undefined,
  } as Parameters<typeof brokerSocket>[0]);
  socket.on("error", () => undefined).resume();
  await once(socket, "close");
  const before = socket.listenerCount("connect");
  // As kafkajs does on every disconnect.
  for (let i = 0; i < 20; i++) socket.unref();
  expect(socket.listenerCount("connect")).toBe(before);
});
