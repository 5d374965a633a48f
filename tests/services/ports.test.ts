import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { expect, it } from "vitest";
import { choosePort } from "../../runners/services/options.js";
import { freePort, freePorts, isListening, loopback } from "../../runners/services/ports.js";

it("free ports are all different, and nothing listens on them", async () => {
  const ports = await freePorts(20);
  expect(new Set(ports).size).toBe(20);
  expect(await Promise.all(ports.map((port) => isListening(port)))).toEqual(ports.map(() => false));
});

it("a free port is not chosen again before its part listens on it", async () => {
  const ports: number[] = [];
  for (let i = 0; i < 2000; i += 1) ports.push(await freePort());
  expect(new Set(ports).size).toBe(ports.length);
});

it("a free port cannot be taken by an outgoing connection", async () => {
  const range = "/proc/sys/net/ipv4/ip_local_port_range";
  const outgoingFrom = existsSync(range) ? parseInt(readFileSync(range, "utf8"), 10) : 49_152;
  for (let i = 0; i < 100; i += 1) expect(await freePort()).toBeLessThan(outgoingFrom);
});

it("a port with a listener is passed over", async () => {
  const taken = (await freePort()) + 1;
  const server = createServer().on("error", () => "another process listens on it");
  server.listen(taken, loopback);
  await expect.poll(() => isListening(taken)).toBe(true);
  expect(await freePort()).not.toBe(taken);
  server.close();
});

it("a requested port is refused if it is in use, and otherwise returned", async () => {
  const port = await freePort();
  expect(await choosePort("the page", port)).toBe(port);
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(port, loopback, resolve));
  expect(await isListening(port)).toBe(true);
  await expect(choosePort("the page", port)).rejects.toThrow(`port ${port}, needed for the page, is in use`);
  server.close();
});
