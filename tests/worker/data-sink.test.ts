/** Muonitor's sink of elements compared with the SDK's, whose bug is demonstrated. */
import { BytesCoder, Context } from "../../pipeline/beam/sdk.js";
import { RemoteGrpcPort } from "apache-beam/proto/beam_fn_api";
import { PTransform } from "apache-beam/proto/beam_runner_api";
import { createOperator, type IOperator, type OperatorContext } from "apache-beam/worker/operators";
import { GlobalWindow, type WindowedValue } from "apache-beam/values";
import Long from "long";
import protobufjs from "protobufjs";
import { describe, expect, it } from "vitest";
import { OrderedDataSink } from "../../runners/worker/data-sink.js";

const transform = PTransform.create({
  spec: {
    urn: "beam:runner:sink:v1",
    payload: RemoteGrpcPort.toBinary({ coderId: "bytes", apiServiceDescriptor: { url: "runner" } }),
  },
});
const coder = new BytesCoder();
/** A coder of elements as plain bytes, without windowing information, which does not matter here. */
const bareCoder = {
  encode: (element: WindowedValue<Uint8Array>, writer: protobufjs.Writer): void =>
    coder.encode(element.value, writer, Context.needsDelimiters),
};

/** A sink with a slow channel, and the elements sent to it. */
function sinkOf(whose: "ours" | "the SDK's"): { sink: IOperator; sent: Uint8Array[] } {
  const sent: Uint8Array[] = [];
  const channel = {
    sendData: async (bytes: Uint8Array) => {
      sent.push(Uint8Array.from(bytes));
      await Promise.resolve();
    },
    close: () => undefined,
  };
  const context = {
    descriptor: { transforms: { sink: transform } },
    getDataChannel: () => ({ getSendChannel: () => channel }),
    getReceiver: () => undefined,
    getBundleId: () => "bundle",
    pipelineContext: { getCoder: () => bareCoder },
  } as unknown as OperatorContext;
  const sink =
    whose === "ours" ? new OrderedDataSink("sink", transform, context) : createOperator("sink", context);
  return { sink, sent };
}

const elementBytes = 400_000;

/** Numbers of the received elements, after six were emitted in one call without a pause. */
async function through(whose: "ours" | "the SDK's"): Promise<number[]> {
  const { sink, sent } = sinkOf(whose);
  await sink.startBundle();
  const pending = [0, 1, 2, 3, 4, 5].map((number) => sink.process(elementOf(number)));
  for (const sending of pending) if (sending !== null) await sending;
  await sink.finishBundle();
  const reader = new protobufjs.Reader(Buffer.concat(sent));
  const numbers: number[] = [];
  while (reader.pos < reader.len) numbers.push(coder.decode(reader, Context.needsDelimiters)[0] as number);
  return numbers;
}

function elementOf(number: number): WindowedValue<Uint8Array> {
  const value = new Uint8Array(elementBytes).fill(number);
  const pane = { timing: "UNKNOWN", index: 0, onTimeIndex: 0, isFirst: true, isLast: true } as never;
  return { value, windows: [new GlobalWindow()], pane, timestamp: Long.ZERO };
}

describe("a function that emits more than 1 MB for one element", () => {
  it("loses and duplicates nothing with Muonitor's sink", async () => {
    expect(await through("ours")).toEqual([0, 1, 2, 3, 4, 5]);
  });

  it("loses or duplicates elements with the SDK's sink", async () => {
    expect(await through("the SDK's")).not.toEqual([0, 1, 2, 3, 4, 5]);
  });
});
