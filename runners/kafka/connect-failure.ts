/** The cause of a failed connection to the brokers, as one line with a remedy but without values of settings. */
import { MuonitorError, UnavailableError } from "../../pipeline/model/index.js";
import { answerMs, identifyPeer, type Peer } from "../net/index.js";
import { withDeadline } from "../process/index.js";
import type { KafkaAccess } from "./access.js";
import { causesOf, isRefusal, RefusedError } from "./refusals.js";

/** OpenSSL's and Node's error codes of certificates and failed handshakes. */
const tlsCode = /CERT|SIGNATURE|^ERR_(TLS|SSL|OSSL)|^EPROTO$/;

/** A broker's answer, as OpenSSL words it, to a client without a certificate or with a wrong one. */
const certificateAlert = /alert ([a-z ]*certificate[a-z ]*|unknown ca)/i;

/** An address of this machine. */
const isHere = /^(127\.|localhost:)/;

/**
 * Connects a client within a deadline. @throws MuonitorError that names the server found there if it is not a broker
 */
export async function connectKafka(
  client: { connect: () => Promise<void> },
  access: KafkaAccess,
  timeoutMs = answerMs(),
): Promise<void> {
  const { bootstrapServers, signal } = access;
  try {
    // The client reacts to a lost connection with further attempts.
    await withDeadline(() => client.connect(), timeoutMs, `Kafka at ${bootstrapServers}`, signal);
  } catch (cause) {
    signal?.throwIfAborted();
    throw await connectFailure(cause, access);
  }
}

/** @param cause error thrown while connecting */
export async function connectFailure(cause: unknown, access: KafkaAccess): Promise<MuonitorError> {
  const { bootstrapServers } = access;
  const causes = causesOf(cause);
  const isRefused = causes.some(({ code }) => code === "ECONNREFUSED");
  const reason = isRefused ? "connection refused" : reasonOf(cause);
  if (causes.some(({ name }) => name === "KafkaJSSASLAuthenticationError")) {
    const text = `Kafka at ${bootstrapServers} refuses the login (sasl.mechanism, sasl.jaas.config): ${reason}`;
    return new MuonitorError(text, { cause });
  }
  // The caller knows which right is lacking.
  if (isRefusal(cause)) return new MuonitorError(`Kafka at ${bootstrapServers}: ${reason}`, { cause });
  const foreign = await foreignPeer(access);
  if (foreign !== null) return new UnavailableError(foreign, { cause });
  const alert = certificateAlert.exec(reason)?.[1];
  if (alert !== undefined) {
    const text = `Kafka at ${bootstrapServers} refuses this client's certificate (ssl.keystore.location): ${alert}`;
    return new MuonitorError(text, { cause });
  }
  if (causes.some(({ code }) => typeof code === "string" && tlsCode.test(code))) {
    const text = `no TLS connection to Kafka at ${bootstrapServers} (security.protocol, ssl.truststore.location): ${reason}`;
    return new MuonitorError(text, { cause });
  }
  if (causes.some(({ name }) => name === "KafkaJSConnectionClosedError")) {
    const text = `Kafka at ${bootstrapServers} closes the connection: it may require a login or TLS (--kafka-settings)`;
    return new UnavailableError(text, { cause });
  }
  const hint = isRefused && isHere.test(bootstrapServers) ? " (muonitor init starts one here)" : "";
  return new UnavailableError(`no Kafka broker answers at ${bootstrapServers}: ${reason}${hint}`, { cause });
}

/** The kind of server at the broker addresses; null when they are brokers, or nothing listens. */
async function foreignPeer({ bootstrapServers, kafkaSettings }: KafkaAccess): Promise<string | null> {
  const wantsTls = kafkaSettings?.get("security.protocol")?.endsWith("SSL") === true;
  const addresses = bootstrapServers.split(",").map((server) => server.trim());
  const peers = await Promise.all(addresses.map((address) => identifyPeer(address)));
  const faults = peers.map((peer, i) => faultOf(peer, addresses[i] ?? "", wantsTls));
  // One of several brokers may be down; a wrong address leads to no broker at all.
  return faults.includes(null) ? null : (faults[0] ?? null);
}

function faultOf({ kind, words }: Peer, address: string, wantsTls: boolean): string | null {
  switch (kind) {
    case "kafka":
      return wantsTls ? `Kafka at ${address} does not speak TLS: set security.protocol without SSL` : null;
    case "tls":
      return wantsTls
        ? null
        : `${address} speaks TLS: set security.protocol to SSL or SASL_SSL (--kafka-settings)`;
    case "refused":
    case "unreachable":
    case "closes":
      return null;
    default:
      return `${address} is not a Kafka broker: ${words}`;
  }
}

/** The root cause of an error, as text. */
export function reasonOf(error: unknown): string {
  const causes = causesOf(error);
  // Kafka's own words do not name the missing access rule.
  const reason: unknown = causes.find((cause) => cause instanceof RefusedError) ?? causes.at(-1) ?? error;
  return reason instanceof Error ? reason.message : String(reason);
}
