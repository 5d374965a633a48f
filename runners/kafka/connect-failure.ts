/** Why no broker lets us in, as one line that says what to do. It names no setting's value. */
import { MuonitorError, UnavailableError } from "../../pipeline/model/index.js";

/** OpenSSL's and Node's codes of certificates and of handshakes that fail. */
const tlsCode = /CERT|SIGNATURE|^ERR_(TLS|SSL|OSSL)|^EPROTO$/;

/** An address of this machine. */
const isHere = /^(127\.|localhost:)/;

/** @param cause what connecting has thrown */
export function connectFailure(cause: unknown, bootstrapServers: string): MuonitorError {
  const causes = causesOf(cause);
  const reason = reasonOf(cause);
  if (causes.some(({ name }) => name === "KafkaJSSASLAuthenticationError")) {
    const text = `Kafka at ${bootstrapServers} refuses the login (sasl.mechanism, sasl.jaas.config): ${reason}`;
    return new MuonitorError(text, { cause });
  }
  if (causes.some(({ code }) => typeof code === "string" && tlsCode.test(code))) {
    const text = `no TLS with Kafka at ${bootstrapServers} (security.protocol, ssl.truststore.location): ${reason}`;
    return new MuonitorError(text, { cause });
  }
  if (causes.some(({ name }) => name === "KafkaJSConnectionClosedError")) {
    const text = `Kafka at ${bootstrapServers} closes the connection: it may want a login or TLS (--kafka-settings)`;
    return new UnavailableError(text, { cause });
  }
  const hint = isHere.test(bootstrapServers) ? " (muonitor init starts one here)" : "";
  return new UnavailableError(`no Kafka broker answers at ${bootstrapServers}: ${reason}${hint}`, { cause });
}

/** The cause at the bottom of an error, in words. */
export function reasonOf(error: unknown): string {
  const reason: unknown = causesOf(error).at(-1) ?? error;
  return reason instanceof Error ? reason.message : String(reason);
}

interface Caused {
  name?: unknown;
  code?: unknown;
  cause?: unknown;
  errors?: unknown[];
}

const deepest = 6;

/** An error and what it was caused by: kafkajs wraps what it gives up on, Node the tries at several addresses. */
function causesOf(error: unknown): Caused[] {
  const causes: Caused[] = [];
  for (let at = error; typeof at === "object" && at !== null && causes.length < deepest;) {
    const found = at as Caused;
    causes.push(found);
    at = found.cause ?? found.errors?.[0];
  }
  return causes;
}
