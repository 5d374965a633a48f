/** Identifies the server at an address after a failure there: probes HTTP, TLS and Kafka's protocol. */
import { connect as connectTcp, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { UnavailableError } from "../../pipeline/model/index.js";
import { kindOf } from "./ask-http.js";

type PeerKind = "kafka" | "http" | "tls" | "grpc" | "other" | "closes" | "silent" | "refused" | "unreachable";

export interface Peer {
  kind: PeerKind;
  /** Predicate of a sentence about the address. */
  words: string;
}

const probeMs = 2000;

/** @param address HOST:PORT */
export async function identifyPeer(address: string, withinMs = probeMs): Promise<Peer> {
  const [tls, kafka, http] = await Promise.all([
    speaksTls(address, withinMs),
    exchange(address, apiVersionsRequest, withinMs),
    exchange(address, `GET / HTTP/1.1\r\nHost: ${address}\r\nConnection: close\r\n\r\n`, withinMs),
  ]);
  if (tls) return { kind: "tls", words: "it speaks TLS" };
  if (isKafkaReply(kafka.reply)) return { kind: "kafka", words: "it is a Kafka broker" };
  const text = http.reply.toString("latin1");
  if (text.startsWith("HTTP/1")) return httpPeer(text);
  if (isHttp2Settings(http.reply)) return { kind: "grpc", words: "it is a gRPC server" };
  if (http.reply.length + kafka.reply.length > 0)
    return { kind: "other", words: "its answer belongs to another protocol" };
  return silentPeer(http);
}

/** Kinds that are neither Java services nor gRPC servers. */
const others: readonly PeerKind[] = ["http", "kafka", "tls"];

/**
 * Rejects an address at which another kind of server listens. An address reachable only from other machines is accepted.
 * @param what expected server
 */
export async function refuseOtherServer(address: string, what: string): Promise<void> {
  const { kind, words } = await identifyPeer(address);
  if (others.includes(kind)) throw new UnavailableError(`${address} is not ${what}: ${words}`);
}

function httpPeer(text: string): Peer {
  const status = Number(/^HTTP\/1\.\d (\d+)/.exec(text)?.[1] ?? 0);
  const type = /^content-type: *(.*?)\r?$/im.exec(text)?.[1] ?? "";
  return { kind: "http", words: `it is an HTTP server (${kindOf({ status, type })})` };
}

function silentPeer({ code, closed }: Exchange): Peer {
  if (code === "ECONNREFUSED") return { kind: "refused", words: "connection refused" };
  if (code !== null && code !== "ECONNRESET" && code !== "EPIPE")
    return { kind: "unreachable", words: `it cannot be reached (${code})` };
  if (closed) return { kind: "closes", words: "it closes the connection without an answer" };
  return { kind: "silent", words: "it accepts the connection and does not answer" };
}

interface Exchange {
  reply: Buffer;
  /** Node's error code; null on success. */
  code: string | null;
  closed: boolean;
}

/** Sends bytes and collects the reply: the first bytes identify the protocol. */
function exchange(address: string, bytes: string | Buffer, withinMs: number): Promise<Exchange> {
  return new Promise((resolve) => {
    const socket = connectTcp(placeOf(address));
    const found: Exchange = { reply: Buffer.alloc(0), code: null, closed: false };
    const end = endAfter(socket, withinMs, () => resolve(found));
    socket.on("data", (chunk: Buffer) => {
      found.reply = Buffer.concat([found.reply, chunk]);
      if (found.reply.includes("\r\n\r\n") || isKafkaReply(found.reply)) end(true);
    });
    socket.on("error", ({ code = "error" }: NodeJS.ErrnoException) => (found.code = code));
    socket.on("close", () => {
      found.closed = true;
      end(true);
    });
    socket.write(bytes);
  });
}

function speaksTls(address: string, withinMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    // Only the presence of a handshake matters; no data is sent.
    const socket = connectTls({ ...placeOf(address), rejectUnauthorized: false });
    const end = endAfter(socket, withinMs, resolve);
    socket.once("secureConnect", () => end(true));
    // An alert is part of TLS: something else is wrong, but not the protocol.
    socket.on("error", ({ code = "" }: NodeJS.ErrnoException) => end(code.includes("_ALERT_")));
    socket.on("close", () => end(false));
  });
}

/** Settles through the returned function, or with false after the deadline, and closes the socket. */
function endAfter(
  socket: Socket,
  withinMs: number,
  settle: (value: boolean) => void,
): (value: boolean) => void {
  const end = (value: boolean): void => {
    clearTimeout(timer);
    socket.destroy();
    settle(value);
  };
  const timer = setTimeout(() => end(false), withinMs);
  return end;
}

function placeOf(address: string): { host: string; port: number } {
  const at = address.lastIndexOf(":");
  return { host: address.slice(0, at).replace(/^\[|\]$/g, ""), port: Number(address.slice(at + 1)) };
}

const correlationId = 0x4d554f4e;

/** ApiVersions, version 0, which every broker answers: size, key, version, correlation id, no client id. */
const apiVersionsRequest = Buffer.from([0, 0, 0, 10, 0, 18, 0, 0, 0x4d, 0x55, 0x4f, 0x4e, 0xff, 0xff]);

function isKafkaReply(reply: Buffer): boolean {
  return reply.length >= 8 && reply.readInt32BE(4) === correlationId;
}

/** An HTTP/2 server starts with a settings frame: three bytes of length, then the type. */
function isHttp2Settings(reply: Buffer): boolean {
  return reply.length >= 9 && reply[3] === 4 && reply.readUIntBE(0, 3) % 6 === 0;
}
