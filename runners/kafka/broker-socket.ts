/**
 * Connections of kafkajs. Its parser throws an error that no handler can catch when a server that is not a broker
 * answers; such an answer ends the connection before it reaches the parser.
 */
import { connect as connectTcp, isIP, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import type { ISocketFactory } from "kafkajs";

const keepAliveMs = 60_000;
/**
 * An answer begins with its size. The first one of a connection may hold records: a small multiple of the requested
 * size if batches are large. Read as a size, the first bytes of a text exceed 512 MB, those of TLS 320 MB.
 */
const maxAnswerBytes = 256 << 20;
const correlationBytes = 4;

/** As created by kafkajs, but guarded. */
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
