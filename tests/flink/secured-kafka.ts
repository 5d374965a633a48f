/** A Kafka that requires login and TLS, with its own certificates and users. */
import { execFileSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { findJava, type KafkaOptions } from "../../runners/services/index.js";

/** User of the tests; the password is new in each run. */
const user = "shift";

export interface SecuredKafka {
  /** Options of the broker. */
  options: Pick<KafkaOptions, "settings" | "formatArguments" | "kafkaSettings">;
  /** The broker's settings as a properties file, for all brokers of a cluster. */
  brokerFile: string;
  /** Secrets that must not be exposed: passwords and complete logins. */
  secrets: readonly string[];
  /** Settings of clients. */
  clients: Record<ClientKind, ReadonlyMap<string, string>>;
  /** Settings of clients as properties files. */
  files: Record<ClientKind, string>;
  /** Properties files of the users who have only the rights that they are given. */
  users: Readonly<Record<string, string>>;
}

/** Correct and wrong settings of a client. */
export type ClientKind = "right" | "plain" | "wrongPassword" | "untrusted" | "withoutTls";

/**
 * @param folder for certificates and properties files
 * @param addresses of all brokers, which share certificate and users
 * @param users who may do nothing until rules allow it; without any, whoever has a login may do everything
 */
export async function secureKafka(
  folder: string,
  addresses = ["127.0.0.1"],
  users: readonly string[] = [],
): Promise<SecuredKafka> {
  mkdirSync(folder, { recursive: true });
  const keytool = join(dirname(await findJava()), "keytool");
  const [own, other] = ["broker", "other"].map((name) => makeCertificate(keytool, folder, name, addresses));
  const [scram, plain] = [`scram-${randomUUID()}`, `plain "quoted" \\ ${randomUUID()}`] as const;
  const login = scramLogin(scram);
  const tls = clientTls(own!.pem);
  const sasl = { "security.protocol": "SASL_SSL", "sasl.mechanism": "SCRAM-SHA-256" };
  const right = { ...sasl, ...tls, "sasl.jaas.config": login };
  const clients: Record<ClientKind, Record<string, string>> = {
    right,
    plain: { ...right, "sasl.mechanism": "PLAIN", "sasl.jaas.config": plainLogin(plain) },
    wrongPassword: { ...right, "sasl.jaas.config": scramLogin(`${scram}x`) },
    untrusted: { ...right, ...clientTls(other!.pem) },
    withoutTls: { ...right, "security.protocol": "SASL_PLAINTEXT" },
  };
  const files = Object.entries(clients).map(([kind, settings]) => [
    kind,
    writeProperties(join(folder, `${kind}.properties`), settings),
  ]);
  const passwords = new Map(users.map((name) => [name, randomUUID()]));
  const settings = {
    ...brokerSettings(own!, new Map([[user, quoted(plain)], ...passwords])),
    ...(users.length > 0 ? accessSettings : {}),
  };
  const userFiles = [...passwords].map(([name, password]) => [
    name,
    writeProperties(join(folder, `user-${name}.properties`), {
      ...clients.plain,
      "sasl.jaas.config": plainLogin(password, name),
    }),
  ]);
  return {
    brokerFile: writeProperties(join(folder, "broker.properties"), settings),
    options: {
      settings,
      formatArguments: ["--add-scram", `SCRAM-SHA-256=[name=${user},password=${scram}]`],
      kafkaSettings: new Map(Object.entries(right)),
    },
    secrets: [scram, plain, quoted(plain), login, own!.password, ...passwords.values()],
    clients: Object.fromEntries(
      Object.entries(clients).map(([kind, settings]) => [kind, new Map(Object.entries(settings))]),
    ) as unknown as SecuredKafka["clients"],
    files: Object.fromEntries(files) as Record<ClientKind, string>,
    users: Object.fromEntries(userFiles) as Record<string, string>,
  };
}

/** No rule, no access. The controller's listener has no login; only this machine reaches it. */
const accessSettings = {
  "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
  "allow.everyone.if.no.acl.found": "false",
  "super.users": `User:ANONYMOUS;User:broker;User:${user}`,
};

interface Certificate {
  /** Certificate without key, as PEM file. */
  pem: string;
  /** Certificate and key, as Java keystore. */
  store: string;
  password: string;
}

/** Makes a self-signed certificate for these addresses. */
function makeCertificate(
  keytool: string,
  folder: string,
  name: string,
  addresses: readonly string[],
): Certificate {
  const [store, pem, password] = [join(folder, `${name}.p12`), join(folder, `${name}.pem`), randomUUID()];
  const run = (...args: string[]): string =>
    execFileSync(keytool, [...args, "-keystore", store, "-alias", name, "-storepass:env", "STORE_PASSWORD"], {
      env: { ...process.env, STORE_PASSWORD: password },
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    });
  const alternatives = `SAN=${addresses.map((address) => `ip:${address}`).join()}`;
  const names = ["-dname", `CN=${name}`, "-ext", alternatives, "-validity", "2"];
  run("-genkeypair", "-keyalg", "EC", "-groupname", "secp256r1", "-storetype", "PKCS12", ...names);
  writeFileSync(pem, run("-exportcert", "-rfc"));
  return { pem, store, password };
}

function clientTls(pem: string): Record<string, string> {
  return { "ssl.truststore.type": "PEM", "ssl.truststore.location": pem };
}

const modules = "org.apache.kafka.common.security";

function scramLogin(password: string): string {
  return `${modules}.scram.ScramLoginModule required username="${user}" password="${password}";`;
}

function plainLogin(password: string, name = user): string {
  return `${modules}.plain.PlainLoginModule required username="${name}" password="${quoted(password)}";`;
}

/** Escapes a text for the quotes of a login. */
function quoted(text: string): string {
  return text.replaceAll(/["\\]/g, "\\$&");
}

/** @param users with their passwords as they are between quotes in a login */
function brokerSettings(
  { store, password }: Certificate,
  users: ReadonlyMap<string, string>,
): Record<string, string> {
  const listener = "listener.name.clients";
  const broker = randomUUID();
  const known = [["broker", broker], ...users].map(([name, secret]) => `user_${name}="${secret}"`);
  return {
    "listener.security.protocol.map": "CLIENTS:SASL_SSL,CONTROLLER:PLAINTEXT",
    "sasl.enabled.mechanisms": "PLAIN,SCRAM-SHA-256",
    "sasl.mechanism.inter.broker.protocol": "PLAIN",
    [`${listener}.plain.sasl.jaas.config`]:
      `${modules}.plain.PlainLoginModule required username="broker" password="${broker}" ` +
      `${known.join(" ")};`,
    [`${listener}.scram-sha-256.sasl.jaas.config`]: `${modules}.scram.ScramLoginModule required;`,
    [`${listener}.ssl.keystore.type`]: "PKCS12",
    [`${listener}.ssl.keystore.location`]: store,
    [`${listener}.ssl.keystore.password`]: password,
    [`${listener}.ssl.truststore.type`]: "PKCS12",
    [`${listener}.ssl.truststore.location`]: store,
    [`${listener}.ssl.truststore.password`]: password,
  };
}

/** Writes settings in the style of Kafka's documentation: the login on several lines, backslashes doubled. */
function writeProperties(path: string, settings: Readonly<Record<string, string>>): string {
  const lines = Object.entries(settings).map(
    ([key, value]) => `${key}=${value.replaceAll("\\", "\\\\").replace(/ (?=username=)/, " \\\n    ")}\n`,
  );
  writeFileSync(path, lines.join(""), { mode: 0o600 });
  return path;
}
