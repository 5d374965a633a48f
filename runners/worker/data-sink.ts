/**
 * The operator that sends a bundle's elements to the runner. Replaces that of the SDK (2.49.0), which continues to
 * fill a buffer while it is being sent: a function that emits more than 1 MB for one element loses elements and sends
 * others twice.
 */
import { RemoteGrpcPort } from "apache-beam/proto/beam_fn_api";
import type { PTransform } from "apache-beam/proto/beam_runner_api";
import type { WindowedValue } from "apache-beam/values";
import type { IDataChannel, MultiplexingDataChannel } from "apache-beam/worker/data";
import type { IOperator, OperatorContext } from "apache-beam/worker/operators";
import protobufjs from "protobufjs";
import { Context, registerOperator, type Coder } from "../../pipeline/beam/sdk.js";

/** A buffer above this size is sent immediately. */
const sendBytes = 1_000_000;

export class OrderedDataSink implements IOperator {
  private readonly channels: MultiplexingDataChannel;
  private readonly coder: Coder<unknown>;
  private readonly bundleId: () => string;
  private channel!: IDataChannel;
  private buffer = new protobufjs.Writer();

  constructor(
    readonly transformId: string,
    transform: PTransform,
    context: OperatorContext,
  ) {
    const port = RemoteGrpcPort.fromBinary(transform.spec?.payload ?? new Uint8Array(0));
    this.channels = context.getDataChannel(port.apiServiceDescriptor?.url);
    this.coder = context.pipelineContext.getCoder(port.coderId);
    this.bundleId = context.getBundleId;
  }

  startBundle(): Promise<void> {
    this.channel = this.channels.getSendChannel(this.bundleId(), this.transformId);
    this.buffer = new protobufjs.Writer();
    return Promise.resolve();
  }

  process(element: WindowedValue<unknown>): Promise<void> | null {
    this.coder.encode(element, this.buffer, Context.needsDelimiters);
    return this.buffer.len > sendBytes ? this.flush() : null;
  }

  async finishBundle(): Promise<void> {
    if (this.buffer.len > 0) await this.flush();
    this.channel.close();
  }

  /** Replaces the buffer before sending, so that the next element finds a new one. */
  private flush(): Promise<void> {
    const bytes = this.buffer.finish();
    this.buffer = new protobufjs.Writer();
    return this.channel.sendData(bytes);
  }
}

/** Installs this operator for every bundle of this process. */
export function useOrderedDataSink(): void {
  registerOperator("beam:runner:sink:v1", OrderedDataSink);
}
