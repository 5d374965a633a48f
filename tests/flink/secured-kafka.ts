/** A Kafka that requires a login, TLS and a certificate from each client, with its own certificates and users. */
import { execFile, execFileSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { findJava, type KafkaOptions } from "../../runners/services/index.js";
import { provideJars } from "../../runners/services/maven.js";

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
  /** Creates the SCRAM login in a running cluster, with the class of `kafka-configs.sh`; `formatArguments` do so for a new one. */
  addScramLogin(bootstrapServers: string): Promise<void>;
}

/** Correct and wrong settings of a client. */
export type ClientKind =
  "right" | "sha256" | "plain" | "wrongPassword" | "untrusted" | "unknownKey" | "withoutKey" | "withoutTls";

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
  const [own, other, client] = ["broker", "other", "client"].map((name) =>
    makeCertificate(keytool, folder, name, addresses),
  ) as [Certificate, Certificate, Certificate];
  const [scram, plain] = [`scram-${randomUUID()}`, `plain "quoted" \\ ${randomUUID()}`] as const;
  const login = scramLogin(scram);
  const tls = { ...trusting(own.pem), ...keyOf(client) };
  const sasl = { "security.protocol": "SASL_SSL", "sasl.mechanism": "SCRAM-SHA-512" };
  const right = { ...sasl, ...tls, "sasl.jaas.config": login };
  const clients: Record<ClientKind, Record<string, string>> = {
    right,
    sha256: { ...right, "sasl.mechanism": "SCRAM-SHA-256" },
    plain: { ...right, "sasl.mechanism": "PLAIN", "sasl.jaas.config": plainLogin(plain) },
    wrongPassword: { ...right, "sasl.jaas.config": scramLogin(`${scram}x`) },
    untrusted: { ...right, ...trusting(other.pem) },
    unknownKey: { ...right, ...keyOf(other) },
    withoutKey: { ...sasl, ...trusting(own.pem), "sasl.jaas.config": login },
    withoutTls: { ...right, "security.protocol": "SASL_PLAINTEXT" },
  };
  const files = Object.entries(clients).map(([kind, settings]) => [
    kind,
    writeProperties(join(folder, `${kind}.properties`), settings),
  ]);
  const passwords = new Map(users.map((name) => [name, randomUUID()]));
  const settings = {
    ...brokerSettings(own, trustedBy(folder, [own, client]), new Map([[user, quoted(plain)], ...passwords])),
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
      formatArguments: ["SCRAM-SHA-256", "SCRAM-SHA-512"].flatMap((mechanism) => [
        "--add-scram",
        `${mechanism}=[name=${user},password=${scram}]`,
      ]),
      kafkaSettings: new Map(Object.entries(right)),
    },
    secrets: [scram, plain, quoted(plain), login, own.password, ...passwords.values()],
    clients: Object.fromEntries(
      Object.entries(clients).map(([kind, settings]) => [kind, new Map(Object.entries(settings))]),
    ) as unknown as SecuredKafka["clients"],
    files: Object.fromEntries(files) as Record<ClientKind, string>,
    users: Object.fromEntries(userFiles) as Record<string, string>,
    addScramLogin: async (bootstrapServers) => {
      const jars = join(await provideJars("kafka"), "*");
      const at = [
        "--bootstrap-server",
        bootstrapServers,
        "--command-config",
        join(folder, "plain.properties"),
      ];
      const what = ["--entity-type", "users", "--entity-name", user];
      const change = ["--alter", "--add-config", `SCRAM-SHA-512=[password=${scram}]`];
      const args = ["-cp", jars, "kafka.admin.ConfigCommand", ...at, ...what, ...change];
      await promisify(execFile)(await findJava(), args, { timeout: 120_000 });
    },
  };
}

/** Without a rule there is no access. Controllers have a certificate instead of a login. */
const accessSettings = {
  "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
  "allow.everyone.if.no.acl.found": "false",
  "super.users": `User:CN=broker;User:broker;User:${user}`,
};

interface Certificate {
  /** Certificate without key, as PEM file. */
  pem: string;
  /** Certificate and key, as Java keystore. */
  store: string;
  /** Certificate and key, as PEM file; not encrypted, because Kafka's Java clients cannot read what OpenSSL encrypts (PBES2). */
  keyPem: string;
  password: string;
}

/** Makes a self-signed certificate for these addresses. */
function makeCertificate(
  keytool: string,
  folder: string,
  name: string,
  addresses: readonly string[],
): Certificate {
  const [store, pem, keyPem] = ["p12", "pem", "key.pem"].map((end) => join(folder, `${name}.${end}`)) as [
    string,
    string,
    string,
  ];
  const password = randomUUID();
  const run = (...args: string[]): string =>
    execFileSync(args[0] as string, args.slice(1), {
      env: { ...process.env, STORE_PASSWORD: password },
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    });
  const inStore = (...args: string[]): string =>
    run(keytool, ...args, "-keystore", store, "-alias", name, "-storepass:env", "STORE_PASSWORD");
  const alternatives = `SAN=${addresses.map((address) => `ip:${address}`).join()}`;
  const names = ["-dname", `CN=${name}`, "-ext", alternatives, "-validity", "2"];
  inStore("-genkeypair", "-keyalg", "EC", "-groupname", "secp256r1", "-storetype", "PKCS12", ...names);
  writeFileSync(pem, inStore("-exportcert", "-rfc"));
  const open = run("openssl", "pkcs12", "-in", store, "-passin", "env:STORE_PASSWORD", "-nodes");
  writeFileSync(keyPem, open, { mode: 0o600 });
  return { pem, keyPem, store, password };
}

function trusting(pem: string): Record<string, string> {
  return { "ssl.truststore.type": "PEM", "ssl.truststore.location": pem };
}

function keyOf({ keyPem }: Certificate): Record<string, string> {
  return { "ssl.keystore.type": "PEM", "ssl.keystore.location": keyPem };
}

/** PEM file of the certificates that brokers trust. */
function trustedBy(folder: string, certificates: readonly Certificate[]): string {
  const path = join(folder, "trusted.pem");
  writeFileSync(path, certificates.map(({ pem }) => readFileSync(pem, "utf8")).join(""));
  return path;
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

/**
 * @param trusted PEM file of the trusted certificates
 * @param users with their passwords, escaped for the quotes of a login
 */
function brokerSettings(
  { store, password }: Certificate,
  trusted: string,
  users: ReadonlyMap<string, string>,
): Record<string, string> {
  const listener = "listener.name.clients";
  const broker = randomUUID();
  const known = [["broker", broker], ...users].map(([name, secret]) => `user_${name}="${secret}"`);
  const scram = `${modules}.scram.ScramLoginModule required;`;
  const tls = {
    "ssl.keystore.type": "PKCS12",
    "ssl.keystore.location": store,
    "ssl.keystore.password": password,
    ...trusting(trusted),
    "ssl.client.auth": "required",
  };
  const both = [listener, "listener.name.controller"].flatMap((name) =>
    Object.entries(tls).map(([key, value]) => [`${name}.${key}`, value]),
  );
  return {
    "listener.security.protocol.map": "CLIENTS:SASL_SSL,CONTROLLER:SSL",
    "sasl.enabled.mechanisms": "PLAIN,SCRAM-SHA-256,SCRAM-SHA-512",
    "sasl.mechanism.inter.broker.protocol": "PLAIN",
    [`${listener}.plain.sasl.jaas.config`]:
      `${modules}.plain.PlainLoginModule required username="broker" password="${broker}" ` +
      `${known.join(" ")};`,
    [`${listener}.scram-sha-256.sasl.jaas.config`]: scram,
    [`${listener}.scram-sha-512.sasl.jaas.config`]: scram,
    ...Object.fromEntries(both),
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
