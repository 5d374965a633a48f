/**
 * Sockets for kafkajs. When a server that is not a broker answers, kafkajs's parser throws an error that no handler can
 * catch. These sockets close the connection before such an answer reaches the parser. They also close a connection on
 * which a request is not answered in time.
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

/**
 * Creates the same sockets as kafkajs, but checks the first response.
 * @param answerMs timeout after a request, until the first bytes arrive
 */
export function brokerSockets(answerMs: number): ISocketFactory {
  return (target) => closedWithoutAnswer(brokerSocket(target), answerMs);
}

const brokerSocket: ISocketFactory = ({ host, port, ssl, onConnect }) => {
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
 * A host that is cut off from the network, or frozen, closes no connection. kafkajs rejects a request after its timeout, but
 * keeps the connection and uses it also to ask for the new leader.
 */
function closedWithoutAnswer(socket: Socket, answerMs: number): Socket {
  let waiting: NodeJS.Timeout | undefined;
  const write = socket.write.bind(socket) as (...given: unknown[]) => boolean;
  const expectAnswer = (...given: unknown[]): boolean => {
    waiting ??= setTimeout(() => socket.destroy(new Error("it does not answer")), answerMs).unref();
    return write(...given);
  };
  const stopWaiting = (): void => {
    clearTimeout(waiting);
    waiting = undefined;
  };
  socket.write = expectAnswer;
  return socket.on("data", stopWaiting).once("close", stopWaiting);
}

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
