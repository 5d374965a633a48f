/** Kafka's security settings, from a properties file to the client. */
import { describe, expect, it } from "vitest";
import { createKafka, readProperties } from "../../runners/kafka/index.js";
import { scratchFolder } from "../helpers/scratch.js";

const scratch = scratchFolder();
const secret = "s3cr3t";
const login = `org.apache.kafka.common.security.plain.PlainLoginModule required username="muon" password="${secret}";`;

const create = (settings: Record<string, string>): unknown =>
  createKafka({ bootstrapServers: "127.0.0.1:1", kafkaSettings: new Map(Object.entries(settings)) }, "test");

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
      "a protocol that is none",
      { "security.protocol": "TLS" },
      'PLAINTEXT, SSL, SASL_PLAINTEXT, SASL_SSL, not "TLS"',
    ],
    [
      "a mechanism that is not known",
      { "security.protocol": "SASL_SSL", "sasl.mechanism": "GSSAPI", "sasl.jaas.config": login },
      "sasl.mechanism must be one of PLAIN, SCRAM-SHA-256, SCRAM-SHA-512",
    ],
    [
      "a login without a name",
      {
        "security.protocol": "SASL_SSL",
        "sasl.mechanism": "PLAIN",
        "sasl.jaas.config": `password="${secret}"`,
      },
      "sasl.jaas.config must hold username",
    ],
    [
      "a store of Java",
      { "security.protocol": "SSL", "ssl.truststore.location": "/none.jks" },
      "ssl.truststore.location needs ssl.truststore.type=PEM",
    ],
    [
      "a store that is not there",
      { "security.protocol": "SSL", "ssl.truststore.location": "/none.pem", "ssl.truststore.type": "PEM" },
      "ssl.truststore.location: ENOENT",
    ],
  ])("cannot be %s, and the word on it holds no secret", (_, settings, message) => {
    expect(() => create(settings as Record<string, string>)).toThrow(message);
    expect(() => create(settings as Record<string, string>)).not.toThrow(secret);
  });
});

describe("a properties file", () => {
  it("holds keys and values, with comments", () => {
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

  it("names the line that is wrong, not what is in it", () => {
    const path = scratch.write("b.properties", `a=b\n${secret}\n`);
    expect(() => readProperties(path)).toThrow(`${path}:2: must be of the form key=value`);
  });

  it("that is not there is one line", () => {
    expect(() => readProperties(`${scratch.path}/none`)).toThrow(/none: cannot be read: ENOENT/);
  });
});
