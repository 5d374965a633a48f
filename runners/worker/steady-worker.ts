/** A worker of the SDK that uses our data channel and reports its end instead of throwing. */
import type { MultiplexingDataChannel } from "apache-beam/worker/data";
import { Worker } from "../../pipeline/beam/sdk.js";
import { OrderedDataChannel } from "./data-channel.js";

export class SteadyWorker extends Worker {
  /** Resolves when the runner has disconnected, with the error if it did so unexpectedly. */
  readonly ended: Promise<Error | null>;
  /** Resolves on the runner's first request: from then on the runner notices a failure of the worker. */
  readonly called: Promise<void>;
  private readonly ordered = new Map<string, OrderedDataChannel>();

  constructor(
    private readonly workerId: string,
    controlUrl: string,
  ) {
    super(workerId, { controlUrl });
    this.ended = new Promise((resolve) => {
      this.controlChannel.on("error", resolve);
      this.controlChannel.on("end", () => resolve(null));
    });
    this.called = new Promise((resolve) => this.controlChannel.once("data", () => resolve()));
  }

  override getDataChannel(endpoint: string): MultiplexingDataChannel {
    let channel = this.ordered.get(endpoint);
    if (channel === undefined)
      this.ordered.set(endpoint, (channel = new OrderedDataChannel(endpoint, this.workerId)));
    // The operators of the SDK use only methods that both classes have.
    return channel as unknown as MultiplexingDataChannel;
  }

  override stop(): void {
    for (const channel of this.ordered.values()) channel.close();
    super.stop();
  }
}
