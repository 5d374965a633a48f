/** Reaching Kafka from Node with the settings that the Java clients in Flink get. */
// kafkajs is a CommonJS module of which Node sees no named exports.
import kafkajs, { type Kafka, type KafkaConfig, type SASLOptions } from "kafkajs";
import { readFileSync } from "node:fs";
import { UsageError } from "../../pipeline/model/index.js";

export interface KafkaAccess {
  bootstrapServers: string;
  /** More settings of Java clients, such as `security.protocol`; never shown. */
  kafkaSettings: ReadonlyMap<string, string>;
}

/** A client that logs nothing: what goes wrong is told by who calls. */
export function kafkaClient({ bootstrapServers, kafkaSettings }: KafkaAccess): Kafka {
  return new kafkajs.Kafka({
    clientId: "muonitor",
    brokers: bootstrapServers.split(","),
    logLevel: kafkajs.logLevel.NOTHING,
    connectionTimeout: 5000,
    ...securityOf(kafkaSettings),
  });
}

/** @throws UsageError for what Java can do and Node cannot */
export function securityOf(settings: ReadonlyMap<string, string>): Pick<KafkaConfig, "ssl" | "sasl"> {
  const protocol = settings.get("security.protocol") ?? "PLAINTEXT";
  return {
    ...(protocol.endsWith("SSL") ? { ssl: tlsOf(settings) } : {}),
    ...(protocol.startsWith("SASL_") ? { sasl: saslOf(settings) } : {}),
  };
}

function tlsOf(settings: ReadonlyMap<string, string>): NonNullable<KafkaConfig["ssl"]> {
  const file = settings.get("ssl.truststore.location");
  const text = settings.get("ssl.truststore.certificates");
  if (file === undefined && text === undefined) return true;
  if (settings.get("ssl.truststore.type") !== "PEM")
    throw new UsageError(
      "the Kafka settings must have ssl.truststore.type=PEM: Node reads no Java key store",
    );
  return { ca: [text ?? readFileSync(file as string, "utf8")] };
}

function saslOf(settings: ReadonlyMap<string, string>): SASLOptions {
  const mechanism = (settings.get("sasl.mechanism") ?? "").toLowerCase();
  const login = settings.get("sasl.jaas.config") ?? "";
  const part = (name: string): string => new RegExp(`\\b${name}="([^"]*)"`).exec(login)?.[1] ?? "";
  const [username, password] = [part("username"), part("password")];
  if (mechanism !== "plain" && mechanism !== "scram-sha-256" && mechanism !== "scram-sha-512")
    throw new UsageError("the Kafka settings need sasl.mechanism PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512");
  if (username === "" || password === "")
    throw new UsageError('the Kafka settings need username="…" and password="…" in sasl.jaas.config');
  return { mechanism, username, password };
}
