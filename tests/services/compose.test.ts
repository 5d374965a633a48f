/** Static checks of the compose file, the image and the poms; `tests/containers` runs them. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { root } from "../../infra/bootstrap.js";
import { roles } from "../../runners/cli/serve-options.js";
import { readProjectFile } from "../infra/project-files.js";

interface Service {
  image: string;
  command: string[];
  entrypoint?: string[];
  ports?: string[];
  volumes?: string[];
  tmpfs?: string[];
  restart: string;
  mem_limit?: string;
  read_only?: boolean;
  cap_drop?: string[];
  healthcheck?: { test: string[] };
}

const text = readProjectFile("infra/compose.yaml");
const compose = parse(text, { merge: true }) as { services: Record<string, Service>; volumes: object };
const services = Object.entries(compose.services);
const { version } = JSON.parse(readProjectFile("package.json")) as { version: string };
const dockerfile = readProjectFile("infra/containers/Dockerfile");
const inImage = "/opt/muonitor/";

describe("the containers", () => {
  it("form the complete system", () => {
    const rest = ["zookeeper", "job", "s3"];
    const main = ["kafka", "jobmanager", "taskmanager-1", "taskmanager-2", "bridge", "producer"];
    expect(Object.keys(compose.services).sort()).toEqual([...main, ...rest].sort());
  });

  it("use nothing that docker-compose 1.29 refuses", () => {
    expect(text).not.toMatch(/^(name|version):/m);
  });

  it.each(services)("%s has the image of this version, resource limits, and few privileges", (_, service) => {
    expect(service.image).toBe(`muonitor:${version}`);
    expect(service).toMatchObject({ read_only: true, cap_drop: ["ALL"] });
    expect(service.mem_limit).toMatch(/^\d+m$/);
  });

  it.each(services.filter(([name]) => name !== "job" && name !== "producer"))(
    "%s has a health check with a script in the image",
    (_, { healthcheck }) => {
      const script = healthcheck?.test[2]?.replace(inImage, "") ?? "";
      expect(existsSync(join(root, script))).toBe(true);
    },
  );

  it.each(services)("%s publishes its ports only on the loopback interface", (_, { ports = [] }) => {
    for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:\$\{MUONITOR_\w+_PORT:-\d+\}:/);
  });

  it("name the published address of the page, and do not fill the log with progress", () => {
    const { bridge, producer } = compose.services;
    expect(bridge?.command).toContain("--public-url=http://127.0.0.1:${MUONITOR_PAGE_PORT:-8080}/");
    expect(producer?.command).toContain("--log-level=warn");
  });

  it.each(services)("%s has a writable state folder", (_, { volumes = [], tmpfs = [] }) => {
    const places = [...volumes.map((one) => one.split(":")[1]), ...tmpfs.map((one) => one.split(":")[0])];
    expect(places).toContain("/state");
    // Java loads native libraries of its jars from there.
    for (const one of tmpfs.filter((each) => each.startsWith("/state"))) expect(one).toContain("exec");
  });

  it.each(services.filter(([, { command }]) => command[0] === "serve"))(
    "%s has a role of serve",
    (_, { command }) => {
      expect(roles).toContain(command[1]);
    },
  );

  it("start the job by a script in the image", () => {
    const script = compose.services["job"]?.entrypoint?.[0] ?? "";
    expect(existsSync(join(root, script.replace(inImage, "")))).toBe(true);
  });

  it("have an image based on the oldest supported Node, with an ordinary user", () => {
    const { minimum } = {
      minimum: (JSON.parse(readProjectFile("package.json")) as { engines: { node: string } }).engines.node,
    };
    expect(dockerfile).toContain(`FROM node:${minimum.replace(">=", "")}.`);
    expect(dockerfile.lastIndexOf("USER node")).toBeGreaterThan(dockerfile.lastIndexOf("RUN "));
    const base = /^FROM (node:\S+)/m.exec(dockerfile)?.[1] ?? "none";
    expect(readProjectFile("infra/containers/engine.sh")).toContain(`base=${base}\n`);
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
