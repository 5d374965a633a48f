/** The control and data services of a runner, as needed by a worker; the test acts as the runner. */
import { once, EventEmitter } from "node:events";
import { Server, ServerCredentials, type ServerDuplexStream } from "@grpc/grpc-js";
import type { Elements, InstructionRequest, InstructionResponse } from "apache-beam/proto/beam_fn_api";
import { beamFnControlDefinition, beamFnDataDefinition } from "apache-beam/proto/beam_fn_api.grpc-server";

export type ControlStream = ServerDuplexStream<InstructionResponse, InstructionRequest>;
export type DataStream = ServerDuplexStream<Elements, Elements>;

export class FakeRunner {
  address = "";
  private readonly server = new Server();
  private readonly streams = new EventEmitter();

  async start(): Promise<this> {
    this.server.addService(beamFnControlDefinition, {
      control: (stream: ControlStream) => this.streams.emit("control", stream),
      getProcessBundleDescriptor: () => undefined,
    });
    this.server.addService(beamFnDataDefinition, {
      data: (stream: DataStream) => this.streams.emit("data", stream),
    });
    const port = await new Promise<number>((resolve, reject) => {
      this.server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) => {
        if (error === null) resolve(bound);
        else reject(error);
      });
    });
    this.address = `127.0.0.1:${port}`;
    return this;
  }

  /** Waits for the next worker that opens this kind of stream. */
  async nextControl(): Promise<ControlStream> {
    return (await once(this.streams, "control"))[0] as ControlStream;
  }

  async nextData(): Promise<DataStream> {
    return (await once(this.streams, "data"))[0] as DataStream;
  }

  stop(): void {
    this.server.forceShutdown();
  }
}

/** A message of the data stream with one piece of a bundle. */
export function piece(bundleId: string, data: Uint8Array, isLast: boolean): Elements {
  return { data: [{ instructionId: bundleId, transformId: "source", data, isLast }], timers: [] };
}
