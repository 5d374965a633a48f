/** Connections of kafkajs whose server disappears. */
import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { expect, it, onTestFinished } from "vitest";
import { brokerSocket } from "../../runners/kafka/broker-socket.js";

it("repeated disconnects of a closed connection do not accumulate listeners", async () => {
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
  // kafkajs does this on every disconnect.
  for (let i = 0; i < 20; i++) socket.unref();
  expect(socket.listenerCount("connect")).toBe(before);
});
