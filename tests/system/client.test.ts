/** A sender of records follows its system over restarts, each with another token, on the same port or another. */
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, it, onTestFinished } from "vitest";
import type { RawRecord } from "../../pipeline/model/index.js";
import type { RunningSystem } from "../../runners/system/note.js";
import { SystemSender } from "../../runners/system/client.js";

const record: RawRecord = { key: null, value: Buffer.from("2,0,1,5,5,5\n"), timestampMs: 1, partition: 0 };

interface FakeSystem {
  note: RunningSystem;
  /** Number of accepted requests. */
  accepted: () => number;
  stop: () => Promise<void>;
}

/** A system that accepts requests with its token. */
async function startFake(token: string, port = 0): Promise<FakeSystem> {
  let accepted = 0;
  const server: Server = createServer((request, response) => {
    const isOwn = request.headers.authorization === `Bearer ${token}`;
    if (isOwn) accepted += 1;
    request.resume().on("end", () => response.writeHead(isOwn ? 204 : 401, { connection: "close" }).end());
  }).listen(port, "127.0.0.1");
  await once(server, "listening");
  const stop = async (): Promise<void> => {
    await new Promise((resolve) => server.close(resolve));
  };
  onTestFinished(stop);
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const identity = { pid: process.pid, started: "" };
  const note = { ...identity, url, token, started_ms: 1, runner: "embedded", version: "0" };
  return { note, accepted: () => accepted, stop };
}

it("continues with a restarted system, after one retriable error, and reports each restart once", async () => {
  const first = await startFake("first");
  const restarted: string[] = [];
  let newest: RunningSystem | null = first.note;
  const sender = new SystemSender(first.note, {
    newest: () => newest,
    onRestart: ({ url }) => restarted.push(url),
  });
  await sender.send([record]);
  await first.stop();
  await expect(sender.send([record])).rejects.toMatchObject({ retriable: true });

  const samePort = await startFake("second", Number(new URL(first.note.url).port));
  newest = samePort.note;
  await expect(sender.send([record])).rejects.toMatchObject({ retriable: true });
  await sender.send([record]);
  await samePort.stop();

  const otherPort = await startFake("third");
  newest = otherPort.note;
  await expect(sender.send([record])).rejects.toMatchObject({ retriable: true });
  await sender.send([record]);
  expect([first, samePort, otherPort].map(({ accepted }) => accepted())).toEqual([1, 1, 1]);
  expect(restarted).toEqual([samePort.note.url, otherPort.note.url]);
});

it("retries while no other system runs", async () => {
  const { note, stop } = await startFake("only");
  await stop();
  const sender = new SystemSender(note, {
    newest: () => null,
    onRestart: () => {
      throw new Error("nothing was restarted");
    },
  });
  await expect(sender.send([record])).rejects.toMatchObject({ retriable: true });
  await expect(sender.send([record])).rejects.toThrow(`the system at ${note.url} does not answer`);
});
