import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { clusterSettings } from "../../runners/services/flink-settings.js";
import { findJava, openedPackages } from "../../runners/services/java.js";
import { readProjectFile } from "../infra/project-files.js";
import { describeWithJava } from "./with-java.js";

interface Service {
  image: string;
  ports?: string[];
  profiles?: string[];
  healthcheck?: { test: string[] };
  environment?: Record<string, string>;
  command?: string | string[];
  entrypoint?: string[];
  network_mode?: string;
}

const compose = parse(readProjectFile("infra/compose.yaml"), { merge: true }) as {
  services: Record<string, Service>;
  volumes: object;
};
const services = Object.entries(compose.services);
const lasting = services.filter(([, { profiles }]) => profiles === undefined);
const flinks = ["jobmanager", "taskmanager"];
const settingOf = (service: string, name: string): string =>
  compose.services[service]?.environment?.[name] ?? "";
const dockerfile = readProjectFile("infra/jvm/flink.Dockerfile");
const versionIn = (pom: string, pattern: RegExp): string =>
  pattern.exec(readProjectFile(`infra/jvm/${pom}/pom.xml`))?.[1] ?? "none";

describe("the containers", () => {
  it("are all the parts", () => {
    expect(Object.keys(compose.services).sort()).toEqual([
      "jobmanager",
      "kafka",
      "submit",
      "taskmanager",
      "taskmanager-network",
      "worker",
    ]);
  });

  it.each(services)("%s has a pinned tag", (_, service) => {
    expect(service.image).toMatch(/:\d+\.\d+\.\d+/);
  });

  it.each(lasting)("%s has a health check", (_, service) => {
    expect(service.healthcheck?.test.length).toBeGreaterThan(1);
  });

  it.each(services)("%s publishes its ports on the loopback interface alone", (_, { ports = [] }) => {
    for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:\d+:\d+$/);
  });

  it("have the versions of the poms", () => {
    const kafka = versionIn("kafka", /<artifactId>kafka_2.13<\/artifactId>\s*<version>(.*)<\/version>/);
    const flink = versionIn("beam-flink", /<flink.version>(.*)<\/flink.version>/);
    const beam = versionIn("beam-flink", /<beam.version>(.*)<\/beam.version>/);
    expect(compose.services["kafka"]?.image).toBe(`apache/kafka:${kafka}`);
    expect(compose.services["jobmanager"]?.image).toBe(`muonitor/flink:${flink}-beam${beam}`);
    expect(dockerfile).toContain(`FROM flink:${flink}-java17`);
    const node = compose.services["worker"]?.image.match(/:([\d.]+)-java17$/)?.[1];
    expect(readProjectFile("infra/jvm/tools.Dockerfile")).toContain(`FROM node:${node}-`);
  });

  it.each(flinks)(
    "%s has the settings of the local cluster, where these do not tell of one machine",
    (name) => {
      const settings = throughEntrypoint(settingOf(name, "FLINK_PROPERTIES"));
      const local = clusterSettings({ folder: "/", restPort: 1, rpcPort: 2, slots: 2, taskHeapMb: 512 });
      const shared = Object.keys(local).filter((key) =>
        /^(restart-strategy|heartbeat|classloader|web)\./.test(key),
      );
      for (const key of shared.filter((each) => each !== "web.tmpdir"))
        expect([key, settings.get(key)]).toEqual([key, String(local[key]).replaceAll(" ", "")]);
    },
  );

  it.each(flinks)(
    "%s has properties that come through the entrypoint of Flink's image as they are",
    (name) => {
      const properties = settingOf(name, "FLINK_PROPERTIES");
      const written = parse(properties) as Record<string, unknown>;
      const taken = throughEntrypoint(properties);
      expect(Object.fromEntries(taken)).toEqual(
        Object.fromEntries(Object.entries(written).map(([key, value]) => [key, String(value)])),
      );
      // Others would be changed by the shell that takes them.
      for (const value of taken.values()) expect(value).toMatch(/^[\w.:/-]+$/);
    },
  );

  it.each(flinks)("%s opens to reflection what Flink and Beam reach into", (name) => {
    expect(settingOf(name, "JDK_JAVA_OPTIONS").split(" ").sort()).toEqual(
      openedPackages.map((each) => `--add-opens=java.base/${each}=ALL-UNNAMED`).sort(),
    );
  });

  it("of a TaskManager and its worker share a network that is neither's, so that both can be started again", () => {
    const modes = ["taskmanager", "worker"].map((name) => compose.services[name]?.network_mode);
    expect(modes).toEqual(["service:taskmanager-network", "service:taskmanager-network"]);
  });

  it("submit with the addresses that hold inside, and the worker's port", () => {
    const option = (name: string): string =>
      compose.services["submit"]?.entrypoint?.find((each) => each.startsWith(`--${name}=`))?.split("=")[1] ??
      "";
    expect(settingOf("kafka", "KAFKA_ADVERTISED_LISTENERS")).toContain(
      `INSIDE://${option("bootstrap-servers")}`,
    );
    const rpcAddress = throughEntrypoint(settingOf("taskmanager", "FLINK_PROPERTIES")).get(
      "jobmanager.rpc.address",
    );
    expect(option("flink-master")).toBe(`${rpcAddress}:8081`);
    // The default of `submit` for the pool.
    expect(compose.services["worker"]?.command).toContain("50000");
  });
});

/**
 * Properties as the entrypoint of the official images of Flink 1.19 takes them: line by line, without any white space,
 * split at the first colon.
 */
function throughEntrypoint(properties: string): Map<string, string> {
  const lines = properties.split("\n").map((line) => line.replace(/\s/g, ""));
  const split = (line: string): [string, string] => {
    const [key = "", ...rest] = line.split(":");
    return [key, rest.join(":")];
  };
  return new Map(lines.filter((line) => line !== "").map(split));
}

describeWithJava("the options of the containers' Java", () => {
  it("are options to it", async () => {
    const options = settingOf("taskmanager", "JDK_JAVA_OPTIONS");
    const env = { ...process.env, JDK_JAVA_OPTIONS: options };
    const java = await findJava();
    expect(spawnSync(java, ["-version"], { env }).status).toBe(0);
  });
});

describe.each(["kafka", "beam-flink"])("the pom of %s", (name) => {
  const pom = readProjectFile(`infra/jvm/${name}/pom.xml`);

  it("pins every version", () => {
    const versions = [...pom.matchAll(/<version>(.*?)<\/version>/g)].map((match) => match[1]);
    expect(versions.length).toBeGreaterThan(3);
    for (const version of versions) expect(version).toMatch(/^(\d+(\.\d+)*|\$\{\w+\.version\})$/);
  });
});
