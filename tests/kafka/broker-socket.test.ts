/** Connections of kafkajs whose server disappears or does not answer. */
import { once } from "node:events";
import { createServer, type AddressInfo, type Socket } from "node:net";
import type { ISocketFactory } from "kafkajs";
import { expect, it, onTestFinished } from "vitest";
import { brokerSockets } from "../../runners/kafka/broker-socket.js";

/** A connection to a server with this behaviour. */
async function connected(serve: (socket: Socket) => void, answerMs = 60_000): Promise<Socket> {
  const server = createServer((socket) => serve(socket.on("error", () => undefined)));
  server.listen(0, "127.0.0.1");
  onTestFinished(() => void server.close());
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const target = { host: "127.0.0.1", port, onConnect: () => undefined };
  const socket = brokerSockets(answerMs)(target as Parameters<ISocketFactory>[0]);
  onTestFinished(() => void socket.destroy());
  return socket.on("error", () => undefined).resume();
}

it("repeated disconnects of a closed connection do not accumulate listeners", async () => {
  const socket = await connected((peer) => void peer.destroy());
  await once(socket, "close");
  const before = socket.listenerCount("connect");
  // kafkajs does this on every disconnect.
  for (let i = 0; i < 20; i++) socket.unref();
  expect(socket.listenerCount("connect")).toBe(before);
});

const request = Buffer.from("request");
const answerMs = 200;

it("a connection without an answer to a request is closed with an error, so that kafkajs uses another", async () => {
  const socket = await connected(() => undefined, answerMs);
  const failed = new Promise<Error>((resolve) => void socket.once("error", resolve));
  const startMs = performance.now();
  socket.write(request);
  expect((await failed).message).toBe("it does not answer");
  expect(performance.now() - startMs).toBeGreaterThan(answerMs - 10);
  expect(socket.destroyed).toBe(true);
});

it("a connection on which requests are answered, and then none is sent, stays open", async () => {
  const answer = Buffer.from([0, 0, 0, 4, 0, 0, 0, 1]);
  const socket = await connected((peer) => void peer.on("data", () => peer.write(answer)), answerMs);
  for (let requests = 0; requests < 2; requests += 1) {
    const answered = once(socket, "data");
    socket.write(request);
    await answered;
  }
  // The timer of a later request on another connection ends after one that was left here.
  const silent = await connected(() => undefined, answerMs);
  silent.write(request);
  await new Promise((resolve) => void silent.once("close", resolve));
  expect(socket.destroyed).toBe(false);
});
