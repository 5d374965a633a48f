/**
 * Access to Kafka: brokers and security settings, in the terms of Kafka's own clients, converted to those of kafkajs.
 */
import { readFileSync } from "node:fs";
// kafkajs is a CommonJS module without named exports visible to Node.
import kafkajs, { type Kafka, type KafkaConfig, type SASLOptions } from "kafkajs";
import { UsageError } from "../../pipeline/model/index.js";
import { brokerSockets } from "./broker-socket.js";
import { registerCodecs } from "./compression/codecs.js";

export interface KafkaAccess {
  /** HOST:PORT, separated by commas. */
  bootstrapServers: string;
  /**
   * Security settings as in a properties file of Kafka's tools, such as `security.protocol`; empty means plaintext.
   */
  kafkaSettings?: ReadonlyMap<string, string>;
  /** Aborted when Kafka's answers are no longer needed. */
  signal?: AbortSignal | undefined;
}

registerCodecs();

const protocols = ["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"];

/** The default of kafkajs. */
const usualAnswerMs = 30_000;
/**
 * Fraction of the timeout after which the socket is closed. kafkajs asks another broker after a closed connection, but
 * asks the same one again after its own timeout.
 */
const closedAfter = 0.9;

/** @throws UsageError for settings that kafkajs does not support; the message never contains a value that may be secret */
export function createKafka(access: KafkaAccess, clientId: string, more: Partial<KafkaConfig> = {}): Kafka {
  return new kafkajs.Kafka({
    clientId,
    brokers: access.bootstrapServers.split(",").map((server) => server.trim()),
    // Errors are reported by the caller; kafkajs would print whole requests.
    logLevel: kafkajs.logLevel.NOTHING,
    socketFactory: brokerSockets(closedAfter * (more.requestTimeout ?? usualAnswerMs)),
    ...securityOf(access.kafkaSettings ?? new Map()),
    ...more,
  });
}

function securityOf(settings: ReadonlyMap<string, string>): Pick<KafkaConfig, "ssl" | "sasl"> {
  const protocol = settings.get("security.protocol") ?? "PLAINTEXT";
  if (!protocols.includes(protocol)) {
    throw new UsageError(`security.protocol must be one of ${protocols.join(", ")}, not "${protocol}"`);
  }
  return {
    ...(protocol.endsWith("SSL") ? { ssl: tlsOf(settings) } : {}),
    ...(protocol.startsWith("SASL") ? { sasl: saslOf(settings) } : {}),
  };
}

function tlsOf(settings: ReadonlyMap<string, string>): Exclude<KafkaConfig["ssl"], undefined> {
  const anyName = settings.get("ssl.endpoint.identification.algorithm") === "";
  const given = (key: string): string | null => settings.get(key) ?? null;
  const own = pemOf(settings, "ssl.keystore");
  return {
    ...defined({
      ca: pemOf(settings, "ssl.truststore") ?? given("ssl.truststore.certificates"),
      cert: own ?? given("ssl.keystore.certificate.chain"),
      key: own ?? given("ssl.keystore.key"),
      passphrase: given("ssl.key.password"),
    }),
    ...(anyName ? { checkServerIdentity: () => undefined } : {}),
  };
}

function defined(texts: Readonly<Record<string, string | null>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(texts).flatMap(([key, text]) => (text === null ? [] : [[key, text]])),
  );
}

/** Content of a store in PEM form; Java's own store formats are not supported. */
function pemOf(settings: ReadonlyMap<string, string>, store: string): string | null {
  const path = settings.get(`${store}.location`);
  if (path === undefined) return null;
  if (settings.get(`${store}.type`) !== "PEM") {
    throw new UsageError(
      `${store}.location needs ${store}.type=PEM: only Java can read other stores ` +
        `(certificates in PEM form: keytool -list -rfc -keystore STORE)`,
    );
  }
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw new UsageError(`${store}.location: ${(error as Error).message}`);
  }
}

const mechanisms = {
  PLAIN: "plain",
  "SCRAM-SHA-256": "scram-sha-256",
  "SCRAM-SHA-512": "scram-sha-512",
} as const;

function saslOf(settings: ReadonlyMap<string, string>): SASLOptions {
  const name = settings.get("sasl.mechanism") ?? "";
  if (!isMechanism(name)) {
    const known = Object.keys(mechanisms).join(", ");
    throw new UsageError(`sasl.mechanism must be one of ${known}, not "${name}"`);
  }
  const login = settings.get("sasl.jaas.config") ?? "";
  const [username, password] = ["username", "password"].map((key) =>
    new RegExp(`\\b${key}\\s*=\\s*"((?:[^"\\\\]|\\\\.)*)"`).exec(login)?.[1]?.replaceAll(/\\(.)/g, "$1"),
  );
  if (username === undefined || password === undefined) {
    throw new UsageError('sasl.jaas.config must contain username="..." and password="..."');
  }
  return { mechanism: mechanisms[name], username, password };
}

function isMechanism(name: string): name is keyof typeof mechanisms {
  return Object.hasOwn(mechanisms, name);
}
