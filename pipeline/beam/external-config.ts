/**
 * Configurations of Java transforms in the form their expansion service expects: a row in Beam's row encoding with
 * its schema. The SDK's own encoder produces rows where Java expects maps (apache-beam 2.49.0).
 */
import { ExternalConfigurationPayload } from "apache-beam/proto/external_transforms";
import { AtomicType, Field, FieldType, Schema } from "apache-beam/proto/schema";
import { ByteWriter } from "../steps/index.js";

/** Possible field values; an int64 is a bigint. */
type FieldValue = string | bigint | boolean | readonly string[] | ReadonlyMap<string, string>;

const text = FieldType.create({ typeInfo: { oneofKind: "atomicType", atomicType: AtomicType.STRING } });

function typeOf(value: FieldValue): FieldType {
  if (typeof value === "string") return text;
  if (typeof value === "bigint") return atomic(AtomicType.INT64);
  if (typeof value === "boolean") return atomic(AtomicType.BOOLEAN);
  if (value instanceof Map) {
    return FieldType.create({
      typeInfo: { oneofKind: "mapType", mapType: { keyType: text, valueType: text } },
    });
  }
  return FieldType.create({ typeInfo: { oneofKind: "arrayType", arrayType: { elementType: text } } });
}

function atomic(atomicType: AtomicType): FieldType {
  return FieldType.create({ typeInfo: { oneofKind: "atomicType", atomicType } });
}

/** The payload of an external transform; fields keep their order. */
export function encodeExternalConfig(fields: Record<string, FieldValue>): Uint8Array {
  const entries = Object.entries(fields);
  const schema = Schema.create({
    id: "",
    fields: entries.map(([name, value], id) =>
      Field.create({ name, type: typeOf(value), id, encodingPosition: id }),
    ),
  });
  return ExternalConfigurationPayload.toBinary({
    schema,
    payload: encodeRow(entries.map(([, value]) => value)),
  });
}

/** Number of fields, length of the null bitmap (0), fields. */
function encodeRow(values: FieldValue[]): Uint8Array {
  const writer = new ByteWriter();
  writer.varint(values.length);
  writer.varint(0);
  for (const value of values) writeField(writer, value);
  return writer.view();
}

function writeField(writer: ByteWriter, value: FieldValue): void {
  if (typeof value === "string") writer.text(value);
  else if (typeof value === "bigint") writer.varint(Number(value));
  else if (typeof value === "boolean") writer.varint(value ? 1 : 0);
  else if (value instanceof Map) {
    writeCount(writer, value.size);
    for (const [key, item] of value as ReadonlyMap<string, string>) {
      writer.text(key);
      writer.text(item);
    }
  } else {
    const items = value as readonly string[];
    writeCount(writer, items.length);
    for (const item of items) writer.text(item);
  }
}

/** Four bytes, big-endian. */
function writeCount(writer: ByteWriter, count: number): void {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setInt32(0, count);
  writer.raw(bytes);
}
