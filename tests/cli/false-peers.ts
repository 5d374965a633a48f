/** Servers that behave unlike the expected Kafka, Flink, Spark or worker pool. */
import { createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import type { AddressInfo } from "node:net";
import { afterAll } from "vitest";

/** What a peer does with a connection. */
type Behaviour = (socket: Socket) => void;

const html = "<!doctype html><title>Printer</title>";
const answer = (type: string, body: string, length = body.length): string =>
  `HTTP/1.1 200 OK\r\ncontent-type: ${type}\r\ncontent-length: ${length}\r\nconnection: close\r\n\r\n${body}`;

/** Acts when the first request arrives. */
const afterRequest =
  (act: Behaviour): Behaviour =>
  (socket) =>
    void socket.once("data", () => act(socket));

const behaviours = {
  "accepts and closes": (socket) => void socket.end(),
  "accepts and is silent": (socket) => void socket.resume(),
  "resets the connection": afterRequest((socket) => void socket.resetAndDestroy()),
  "is a web server": afterRequest((socket) => void socket.end(answer("text/html", html))),
  "answers with other JSON": afterRequest((socket) => void socket.end(answer("application/json", "{}"))),
  "breaks off its answer": afterRequest((socket) => void socket.end(answer("application/json", "{", 1000))),
  "answers with garbage": afterRequest((socket) => void socket.end(Buffer.alloc(64, 0xa5))),
  "is a Kafka broker": kafkaLike,
  "is a broker that hangs": hangingBroker,
  "speaks TLS": null,
} as const satisfies Record<string, Behaviour | null>;

export type FalsePeer = keyof typeof behaviours;
export const falsePeers = Object.keys(behaviours) as FalsePeer[];

/** Like a broker, it answers ApiVersions, and closes the connection if a length is absurd. */
function kafkaLike(socket: Socket): void {
  socket.on("data", (request: Buffer) => {
    if (request.length < 12 || request.readInt32BE(0) > 1 << 20) return void socket.destroy();
    const body = Buffer.alloc(10);
    request.copy(body, 0, 8, 12);
    const reply = Buffer.alloc(4);
    reply.writeInt32BE(body.length);
    socket.write(Buffer.concat([reply, body]));
  });
}

/** API keys of Kafka requests; a broker lists the versions that it supports of each. */
const requests = { apiVersions: 18, others: [0, 1, 2, 3, 8, 9, 10, 11, 12, 14, 19, 20, 32, 37] };

/** Answers the client's first request (ApiVersions), but no other. */
function hangingBroker(socket: Socket): void {
  socket.on("data", (request: Buffer) => {
    if (request.length < 12 || request.readInt16BE(4) !== requests.apiVersions) return;
    const apis = [requests.apiVersions, ...requests.others].flatMap((api) => [...int16(api), 0, 0, 0, 2]);
    const body = [...request.subarray(8, 12), 0, 0, ...int32(apis.length / 6), ...apis, ...int32(0)];
    socket.write(Buffer.from([...int32(body.length), ...body]));
  });
}

const int16 = (value: number): number[] => [value >> 8, value & 0xff];
const int32 = (value: number): number[] => [...int16(value >> 16), ...int16(value & 0xffff)];

const servers: { server: Server; sockets: Set<Socket> }[] = [];

afterAll(() => {
  for (const { server, sockets } of servers.splice(0)) {
    server.close();
    for (const socket of sockets) socket.destroy();
  }
});

/**
 * @param asked is called at each connection
 * @returns HOST:PORT, valid until the tests of the file have ended
 */
export async function startFalsePeer(peer: FalsePeer, asked: () => void = () => undefined): Promise<string> {
  const behaviour = behaviours[peer];
  const sockets = new Set<Socket>();
  // Without a certificate, each handshake ends with a TLS alert.
  const server = behaviour === null ? createTlsServer() : createServer(behaviour);
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    asked();
    socket.on("error", () => undefined);
  });
  servers.push({ server, sockets });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}
