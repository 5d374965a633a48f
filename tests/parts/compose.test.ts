import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { clusterSettings } from "../../runners/parts/flink-settings.js";
import { openedPackages } from "../../runners/parts/java.js";
import { readProjectFile } from "../infra/project-files.js";

interface Service {
  image: string;
  ports?: string[];
  healthcheck?: { test: string[] };
  environment?: Record<string, string>;
  command?: string | string[];
}

const compose = parse(readProjectFile("infra/compose.yaml"), { merge: true }) as {
  services: Record<string, Service>;
  volumes: object;
};
const services = Object.entries(compose.services);
const dockerfile = readProjectFile("infra/jvm/flink.Dockerfile");
const versionIn = (pom: string, pattern: RegExp): string =>
  pattern.exec(readProjectFile(`infra/jvm/${pom}/pom.xml`))?.[1] ?? "none";

describe("the containers", () => {
  it("are all the parts", () => {
    expect(Object.keys(compose.services).sort()).toEqual([
      "expansion-service",
      "job-server",
      "jobmanager",
      "kafka",
      "taskmanager",
      "worker",
    ]);
  });

  it.each(services)("%s has a pinned tag and a health check", (_, service) => {
    expect(service.image).toMatch(/:\d+\.\d+\.\d+/);
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
  });

  it("have the settings of the local cluster, where these do not tell of one machine", () => {
    const settings = parse(compose.services["jobmanager"]?.environment?.["FLINK_PROPERTIES"] ?? "");
    const local = clusterSettings({ folder: "/", restPort: 1, rpcPort: 2, slots: 2, taskHeapMb: 512 });
    const shared = Object.keys(local).filter((key) =>
      /^(restart-strategy|heartbeat|classloader|web)\./.test(key),
    );
    for (const key of shared.filter((name) => name !== "web.tmpdir")) {
      expect([key, settings[key]]).toEqual([key, local[key]]);
    }
    for (const name of openedPackages) {
      expect(settings["env.java.opts.all"]).toContain(`--add-opens=java.base/${name}=ALL-UNNAMED`);
    }
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
