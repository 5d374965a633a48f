/**
 * The stream of elements between a runner and a worker. Replaces that of the SDK (2.49.0), which
 * - processes the messages of a stream concurrently, so that a bundle of several messages can end before its rows arrive,
 * - never deletes the entry of a bundle,
 * - rejects messages above 4 MB, and
 * - leaves bundles pending when the stream breaks.
 */
import { ChannelCredentials, Metadata, type ClientDuplexStream } from "@grpc/grpc-js";
import { BeamFnDataClient } from "apache-beam/proto/beam_fn_api.grpc-client";
import type { Elements } from "apache-beam/proto/beam_fn_api";
import type { IDataChannel } from "apache-beam/worker/data";

/** Maximum size of a received message; the largest grouped value of a window is far below. */
const maxMessageBytes = 256 << 20;

export class OrderedDataChannel {
  /** By bundle, then by transform; an entry exists only while its bundle runs. */
  readonly inboxes = new Map<string, Map<string, Inbox>>();
  private readonly client: BeamFnDataClient;
  private readonly stream: ClientDuplexStream<Elements, Elements>;
  private failure: Error | null = null;
  /** Writers waiting for the stream to accept more data. */
  private blockedWrites: ((error: Error) => void)[] = [];

  constructor(endpoint: string, workerId: string) {
    const metadata = new Metadata();
    metadata.add("worker_id", workerId);
    this.client = new BeamFnDataClient(endpoint, ChannelCredentials.createInsecure(), {
      "grpc.max_receive_message_length": maxMessageBytes,
    });
    this.stream = this.client.data(metadata);
    this.stream.on("data", (elements: Elements) => this.receive(elements));
    this.stream.on("error", (error: Error) => this.fail(error));
    this.stream.on("drain", () => (this.blockedWrites = []));
    this.stream.on("end", () => this.fail(new Error("the runner has closed the data stream")));
  }

  private receive({ data, timers }: Elements): void {
    for (const { instructionId, transformId, data: bytes, isLast } of data) {
      const inbox = this.inboxOf(instructionId, transformId);
      // The last message of a bundle may be empty: it is then only the end marker.
      if (bytes.length > 0) inbox.push((consumer) => consumer.sendData(bytes));
      if (isLast) inbox.push((consumer) => Promise.resolve(consumer.close()));
    }
    for (const { instructionId, transformId, timerFamilyId, timers: bytes, isLast } of timers) {
      const inbox = this.inboxOf(instructionId, transformId);
      inbox.push((consumer) => consumer.sendTimers(timerFamilyId, bytes));
      if (isLast) inbox.push((consumer) => Promise.resolve(consumer.close()));
    }
  }

  private inboxOf(bundleId: string, transformId: string): Inbox {
    let bundle = this.inboxes.get(bundleId);
    if (bundle === undefined) this.inboxes.set(bundleId, (bundle = new Map<string, Inbox>()));
    let inbox = bundle.get(transformId);
    if (inbox === undefined) bundle.set(transformId, (inbox = new Inbox()));
    return inbox;
  }

  /** Passes a transform of a bundle its elements, including those that arrived earlier. */
  registerConsumer(bundleId: string, transformId: string, consumer: IDataChannel): Promise<void> {
    const inbox = this.inboxOf(bundleId, transformId);
    inbox.open(consumer);
    if (this.failure !== null) inbox.fail(this.failure);
    return Promise.resolve();
  }

  unregisterConsumer(bundleId: string, transformId: string): void {
    const bundle = this.inboxes.get(bundleId);
    bundle?.delete(transformId);
    if (bundle?.size === 0) this.inboxes.delete(bundleId);
  }

  /** Output channel of a transform of a bundle; resolves when it accepts more data. */
  getSendChannel(bundleId: string, transformId: string): IDataChannel {
    const write = (data: Uint8Array, isLast: boolean): Promise<void> =>
      this.write({ data: [{ instructionId: bundleId, transformId, data, isLast }], timers: [] });
    return {
      sendData: (data) => write(data, false),
      sendTimers: () => Promise.reject(new Error("timers are not used")),
      // A stream failure is passed to the consumers, which makes the bundle fail.
      close: () => void write(new Uint8Array(0), true).catch(() => undefined),
      onError: (error) => {
        throw error;
      },
    };
  }

  private write(elements: Elements): Promise<void> {
    if (this.failure !== null) return Promise.reject(this.failure);
    if (this.stream.write(elements)) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.blockedWrites.push(reject);
      this.stream.once("drain", resolve);
    });
  }

  private fail(error: Error): void {
    this.failure ??= error;
    for (const reject of this.blockedWrites) reject(error);
    this.blockedWrites = [];
    for (const bundle of this.inboxes.values()) for (const inbox of bundle.values()) inbox.fail(error);
  }

  close(): void {
    this.stream.end();
    this.client.close();
  }
}

/** Input of one transform of one bundle, processed strictly in sequence. */
class Inbox {
  private consumer: IDataChannel | null = null;
  private failed = false;
  private begin!: () => void;
  private tail = new Promise<void>((resolve) => (this.begin = resolve));

  open(consumer: IDataChannel): void {
    this.consumer = consumer;
    this.begin();
  }

  push(take: (consumer: IDataChannel) => Promise<void>): void {
    this.tail = this.tail.then(async () => {
      if (this.failed || this.consumer === null) return;
      try {
        await take(this.consumer);
      } catch (error) {
        this.fail(error);
      }
    });
  }

  /** Ends the bundle with an error; later input is discarded. */
  fail(error: unknown): void {
    if (this.failed || this.consumer === null) return;
    this.failed = true;
    this.consumer.onError(error);
  }
}
