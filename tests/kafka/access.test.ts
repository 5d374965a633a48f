/** Kafka's security settings, from a properties file to the client. */
import { describe, expect, it } from "vitest";
import { connectFailure, createKafka, readProperties } from "../../runners/kafka/index.js";
import { scratchFolder } from "../helpers/scratch.js";

const scratch = scratchFolder();
const secret = "s3cr3t";
const login = `org.apache.kafka.common.security.plain.PlainLoginModule required username="muon" password="${secret}";`;

const create = (settings: Record<string, string>): unknown =>
  createKafka({ bootstrapServers: "127.0.0.1:1", kafkaSettings: new Map(Object.entries(settings)) }, "test");

describe("a failed connection of a client", () => {
  class KafkaJSSASLAuthenticationError extends Error {
    override readonly name = "KafkaJSSASLAuthenticationError";
  }
  const wrapped = (cause: Error): Error => new Error("gave up", { cause: new Error("retries", { cause }) });
  const coded = (message: string, code: string): Error => Object.assign(new Error(message), { code });

  it.each([
    [
      "a login",
      new KafkaJSSASLAuthenticationError("no"),
      false,
      /^Kafka at k:1 refuses the login \(.*\): no$/,
    ],
    [
      "a certificate",
      coded("old", "CERT_HAS_EXPIRED"),
      false,
      /^no TLS connection to Kafka at k:1 \(.*\): old$/,
    ],
    ["a handshake", coded("shake", "EPROTO"), false, /^no TLS connection to Kafka at k:1 \(.*\): shake$/],
    [
      "connection refused",
      coded("away", "ECONNREFUSED"),
      true,
      /^no Kafka broker answers at k:1: connection refused$/,
    ],
  ])("is reported: %s", async (_, cause, retriable, words) => {
    expect(await connectFailure(wrapped(cause), { bootstrapServers: "k:1" })).toMatchObject({
      retriable,
      message: expect.stringMatching(words),
    });
  });
});

describe("security settings", () => {
  it.each([
    ["none", {}],
    ["TLS with the system's authorities", { "security.protocol": "SSL" }],
    [
      "a login",
      { "security.protocol": "SASL_SSL", "sasl.mechanism": "SCRAM-SHA-512", "sasl.jaas.config": login },
    ],
  ])("can be %s", (_, settings) => {
    expect(() => create(settings)).not.toThrow();
  });

  it.each([
    [
      "an unknown protocol",
      { "security.protocol": "TLS" },
      'PLAINTEXT, SSL, SASL_PLAINTEXT, SASL_SSL, not "TLS"',
    ],
    [
      "an unknown mechanism",
      { "security.protocol": "SASL_SSL", "sasl.mechanism": "GSSAPI", "sasl.jaas.config": login },
      "sasl.mechanism must be one of PLAIN, SCRAM-SHA-256, SCRAM-SHA-512",
    ],
    [
      "a login without a username",
      {
        "security.protocol": "SASL_SSL",
        "sasl.mechanism": "PLAIN",
        "sasl.jaas.config": `password="${secret}"`,
      },
      "sasl.jaas.config must contain username",
    ],
    [
      "a Java truststore",
      { "security.protocol": "SSL", "ssl.truststore.location": "/none.jks" },
      "ssl.truststore.location needs ssl.truststore.type=PEM",
    ],
    [
      "a missing truststore",
      { "security.protocol": "SSL", "ssl.truststore.location": "/none.pem", "ssl.truststore.type": "PEM" },
      "ssl.truststore.location: ENOENT",
    ],
  ])("cannot be %s, and the error contains no secret", (_, settings, message) => {
    expect(() => create(settings as Record<string, string>)).toThrow(message);
    expect(() => create(settings as Record<string, string>)).not.toThrow(secret);
  });
});

describe("a properties file", () => {
  it("may have continued lines and escaped characters, like the logins in Kafka's documentation", () => {
    const lines = [
      String.raw`sasl.jaas.config=Module required \ `.trim(),
      String.raw`    # no comment username="muon" password="a\\b\\\"c";`,
      String.raw`ssl.truststore.certificates=-----BEGIN CERTIFICATE-----\n\ `.trim(),
      String.raw`  QUJD\u0044\n`,
      "! a comment",
      String.raw`end\:of\ key : no\=cut\\`,
      "last=\\",
    ];
    const path = scratch.write("cut.properties", lines.join("\r\n"));
    expect([...readProperties(path)]).toEqual([
      ["sasl.jaas.config", String.raw`Module required # no comment username="muon" password="a\b\"c";`],
      ["ssl.truststore.certificates", "-----BEGIN CERTIFICATE-----\nQUJDD\n"],
      ["end:of key", "no=cut\\"],
      ["last", ""],
    ]);
  });

  it("has keys and values, and may have comments", () => {
    const path = scratch.write(
      "a.properties",
      "# a comment\n\nsecurity.protocol = SSL\r\nempty=\nkey: a=b\n",
    );
    expect([...readProperties(path)]).toEqual([
      ["security.protocol", "SSL"],
      ["empty", ""],
      ["key", "a=b"],
    ]);
  });

  it("with an invalid line gives an error with the line number, not the content", () => {
    const path = scratch.write("b.properties", `a=b\n${secret}\n`);
    expect(() => readProperties(path)).toThrow(`${path}:2: must be of the form key=value`);
  });

  it("that is missing gives a one-line error", () => {
    expect(() => readProperties(`${scratch.path}/none`)).toThrow(/none: cannot be read: ENOENT/);
  });
});
