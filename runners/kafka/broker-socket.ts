/**
 * Sockets for kafkajs. When a server that is not a broker answers, kafkajs's parser throws an error that no handler can
 * catch. These sockets close the connection before such an answer reaches the parser.
 */
import { connect as connectTcp, isIP, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import type { ISocketFactory } from "kafkajs";

const keepAliveMs = 60_000;
/**
 * A response begins with its size. The first response of a connection may hold records; with large batches it is a small
 * multiple of the requested size. The first bytes of a text, read as a size, are above 512 MB, those of TLS above 320 MB.
 */
const maxAnswerBytes = 256 << 20;
const correlationBytes = 4;

/** Creates the same socket as kafkajs, but checks its first response. */
export const brokerSocket: ISocketFactory = ({ host, port, ssl, onConnect }) => {
  const name = isIP(host) === 0 ? { servername: host } : {};
  // kafkajs passes its TLS settings, or false.
  const tls = ssl as object | false | undefined;
  const socket = tls
    ? connectTls({ host, port, ...name, ...tls }, onConnect)
    : connectTcp({ host, port }, onConnect);
  socket.setKeepAlive(true, keepAliveMs);
  return withoutLateUnref(guarded(socket));
};

/**
 * kafkajs calls `unref` on every disconnect; on a closed socket Node would add a listener for a connection each time.
 */
function withoutLateUnref(socket: Socket): Socket {
  const unref = socket.unref.bind(socket);
  socket.unref = () => (socket.destroyed ? socket : unref());
  return socket;
}

function guarded(socket: Socket): Socket {
  const emit = socket.emit.bind(socket) as (event: string, ...values: unknown[]) => boolean;
  socket.emit = (event: string, ...values: unknown[]): boolean => {
    if (event !== "data") return emit(event, ...values);
    socket.emit = emit;
    if (isAnswer(values[0] as Buffer)) return emit(event, ...values);
    socket.destroy(new Error("its answer is not that of a Kafka broker"));
    return true;
  };
  return socket;
}

function isAnswer(chunk: Buffer): boolean {
  if (chunk.length < correlationBytes) return true;
  const size = chunk.readInt32BE(0);
  return size >= correlationBytes && size <= maxAnswerBytes;
}
