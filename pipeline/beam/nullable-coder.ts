/** Java's NullableCoder, which the SDK (2.49.0) lacks: a byte 0 for null, a byte 1 before any other value. */
import { globalRegistry, writeRawByte, type Context, type ProtoContext } from "apache-beam/coders/coders";
import type { Coder as CoderProto } from "apache-beam/proto/beam_runner_api";
import type { Reader, Writer } from "protobufjs";
import type { Coder } from "./sdk.js";

const urn = "beam:coder:nullable:v1";

export class NullableCoder<T> implements Coder<T | null> {
  constructor(private readonly inner: Coder<T>) {}

  encode(element: T | null, writer: Writer, context: Context): void {
    writeRawByte(element === null ? 0 : 1, writer);
    if (element !== null) this.inner.encode(element, writer, context);
  }

  decode(reader: Reader, context: Context): T | null {
    const isPresent = reader.buf[reader.pos++];
    return isPresent === 0 ? null : this.inner.decode(reader, context);
  }

  toProto(pipeline: ProtoContext): CoderProto {
    return {
      spec: { urn, payload: new Uint8Array(0) },
      componentCoderIds: [pipeline.getCoderId(this.inner)],
    };
  }
}

globalRegistry().registerConstructor(
  urn,
  (...components) => new NullableCoder(components[0] as Coder<unknown>),
);
