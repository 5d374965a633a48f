/** `topics publish`: writes lines, numbers or JSON as records. */
import { resolve } from "node:path";
import { FormatError, InputError, MuonitorError, UsageError } from "../../../pipeline/model/index.js";
import { openFile, streamOf, type ByteStream } from "../../input/byte-stream.js";
import { inputError, standardInput } from "../../input/inputs.js";
import {
  asAdmin,
  offsetsOf,
  Publisher,
  requirePartition,
  requireTopic,
  type KafkaAccess,
} from "../../kafka/index.js";
import { jsonValuesOf, linesOf, numbersBetween, type PublishedValue } from "../../topics/index.js";
import { defineOptions, wholeNumber, type ValuesOf } from "../option.js";
import { defineVerb, type CliContext } from "../verb.js";
import { accessOf, accessOptions, topicArgument, type TopicValue } from "./shared.js";

const publishOptions = defineOptions([
  ...accessOptions,
  {
    flags: "--input <path>",
    description: `file (.gz too), or ${standardInput} for standard input`,
    default: standardInput,
  },
  {
    flags: "--format <format>",
    description: "input format; auto uses the file name: .json .jsonl .ndjson are json, anything else lines",
    choices: ["auto", "lines", "json"],
    default: "auto",
  },
  {
    flags: "--numbers <first..last>",
    description: "publish these numbers instead of an input, such as 1..42",
    parse: numberRange,
  },
  { flags: "--key <text>", description: "key of all records" },
  {
    flags: "--key-field <name>",
    description: "JSON: the field that contains the key, nested fields with dots",
  },
  {
    flags: "--key-separator <text>",
    description: "lines: separator between a key at the start of the line and the value",
  },
  {
    flags: "--partition <number>",
    description: "partition of all records",
    parse: wholeNumber(0, 999_999),
    defaultText: "by the key, or in turn",
  },
]);
type PublishOptions = ValuesOf<typeof publishOptions> & TopicValue;

export const publishVerb = defineVerb({
  name: "topics publish",
  summary: "write lines, numbers or JSON to a topic",
  description: `Publishes one record for each line, each element of a JSON array, each line of JSON Lines, or each number of a range.
Records are acknowledged by all replicas; those with the same key go to the same partition. Send rows of the read-out
with muonitor produce, which controls the rate and counts them.`,
  arguments: [topicArgument],
  options: publishOptions,
  examples: [
    "muonitor topics publish numbers --numbers 1..42",
    "muonitor topics publish events --input events.json --key-field id",
    "printf 'a:1\\nb:2\\n' | muonitor topics publish letters --key-separator :",
  ],
  run: publish,
});

const maxNumber = 1_000_000_000;

function numberRange(text: string): [number, number] {
  const match = /^(-?\d{1,10})\.\.(-?\d{1,10})$/.exec(text.trim());
  const [first, last] = [Number(match?.[1]), Number(match?.[2])];
  if (Math.abs(first) <= maxNumber && Math.abs(last) <= maxNumber) return [first, last];
  throw new Error(`must be FIRST..LAST, such as 1..42, not "${text}"`);
}

async function publish(options: PublishOptions, context: CliContext): Promise<number> {
  const isJson = checkOptions(options);
  const access = accessOf(options, context);
  await checkTarget(options, access);
  const publisher = new Publisher(access, options.topic);
  const stream = options.numbers === undefined ? await open(options.input, context) : null;
  const stop = (): void => void stream?.close();
  context.signal.addEventListener("abort", stop, { once: true });
  try {
    await publisher.open();
    for await (const { key, text } of recordsOf(valuesOf(options, stream, isJson), options)) {
      context.signal.throwIfAborted();
      await publisher.add(key, text, options.partition);
    }
    await publisher.flush();
  } catch (error) {
    await publisher.flush().catch(() => undefined);
    throw withPlace(error, options, publisher.published, context);
  } finally {
    context.signal.removeEventListener("abort", stop);
    await stream?.close();
    await publisher.close();
  }
  const { published } = publisher;
  context.stdout.write(`${published} record${published === 1 ? "" : "s"} published to ${options.topic}\n`);
  return 0;
}

/** Checks that the partition exists, because Kafka's client drops records for missing partitions. */
function checkTarget({ topic, partition }: PublishOptions, access: KafkaAccess): Promise<void> {
  return asAdmin(access, async (admin) => {
    await requireTopic(admin, topic);
    if (partition !== undefined) requirePartition(topic, partition, (await offsetsOf(admin, topic)).length);
  });
}

/** @returns whether values are JSON */
function checkOptions(options: PublishOptions): boolean {
  const { format, input, numbers, key, keyField, keySeparator } = options;
  const keys = [key, keyField, keySeparator].filter((option) => option !== undefined);
  if (keys.length > 1)
    throw new UsageError("only one of --key, --key-field and --key-separator can be given");
  const plain = input.replace(/\.gz$/, "");
  const isJson = format === "json" || (format === "auto" && /\.(json|jsonl|ndjson)$/.test(plain));
  if (keyField !== undefined && !isJson) throw new UsageError("--key-field needs JSON: use --format json");
  if (keySeparator === "") throw new UsageError("--key-separator must not be empty");
  if (keySeparator !== undefined && (isJson || numbers !== undefined)) {
    throw new UsageError("--key-separator needs --format lines");
  }
  return isJson;
}

async function open(input: string, { folder, stdin }: CliContext): Promise<ByteStream> {
  if (input === standardInput) return streamOf(stdin);
  const path = resolve(folder, input);
  return openFile(path).catch((cause: unknown) => {
    throw inputError(path, cause);
  });
}

function valuesOf(
  { numbers }: PublishOptions,
  stream: ByteStream | null,
  isJson: boolean,
): Iterable<PublishedValue> | AsyncIterable<PublishedValue> {
  if (numbers !== undefined || stream === null) return numbersBetween(...(numbers ?? [1, 0]));
  return isJson ? jsonValuesOf(stream) : linesOf(stream);
}

async function* recordsOf(
  values: Iterable<PublishedValue> | AsyncIterable<PublishedValue>,
  { key, keyField, keySeparator }: PublishOptions,
): AsyncGenerator<{ key: string | null; text: string }> {
  let number = 0;
  for await (const { text, json } of values) {
    number += 1;
    if (keyField !== undefined) yield { key: fieldOf(json, keyField, number), text };
    else if (keySeparator !== undefined) yield parted(text, keySeparator, number);
    else yield { key: key ?? null, text };
  }
}

function fieldOf(json: unknown, path: string, number: number): string {
  const value = path
    .split(".")
    .reduce<unknown>((inner, name) => (inner as Record<string, unknown> | null | undefined)?.[name], json);
  if (typeof value === "string") return value;
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  throw new FormatError(`value ${number} has no field ${path} with text or a number`);
}

function parted(text: string, separator: string, number: number): { key: string; text: string } {
  const at = text.indexOf(separator);
  if (at < 0) throw new FormatError(`line ${number} has no ${JSON.stringify(separator)}`);
  return { key: text.slice(0, at), text: text.slice(at + separator.length) };
}

/** Reports how many records were published. */
function withPlace(error: unknown, options: PublishOptions, published: number, context: CliContext): unknown {
  if (context.signal.aborted) return new MuonitorError(`interrupted; ${published} records were published`);
  const done = `${published} records were published before the error`;
  if (error instanceof FormatError) {
    const name = options.input === standardInput ? "standard input" : options.input;
    return new InputError(name, `${error.message}; ${done}`, error);
  }
  if (error instanceof MuonitorError) return new MuonitorError(`${error.message}; ${done}`, { cause: error });
  return (error as NodeJS.ErrnoException).code === undefined ? error : inputError(options.input, error);
}
