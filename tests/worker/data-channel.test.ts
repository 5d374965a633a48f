/** Muonitor's data channel compared with the SDK's; each bug of the SDK that it fixes is demonstrated. */
import "../../pipeline/beam/sdk.js";
import { MultiplexingDataChannel, type IDataChannel } from "apache-beam/worker/data";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { OrderedDataChannel } from "../../runners/worker/data-channel.js";
import { FakeRunner, piece, type DataStream } from "./fake-runner.js";
import { polling } from "../helpers/polling.js";

type Channel = OrderedDataChannel | MultiplexingDataChannel;
const classes = { ours: OrderedDataChannel, "the SDK's": MultiplexingDataChannel };
type Whose = keyof typeof classes;

async function connected(whose: Whose): Promise<{ channel: Channel; stream: DataStream }> {
  const runner = await new FakeRunner().start();
  const opened = runner.nextData();
  // The SDK's channel prints an error when its stream ends.
  if (whose === "the SDK's") vi.spyOn(console, "error").mockReturnValue(undefined);
  const channel = new classes[whose](runner.address, "worker-1");
  onTestFinished(() => {
    channel.close();
    runner.stop();
  });
  return { channel, stream: await opened };
}

/** A consumer that is busy with its first piece until `release`, like the SDK's when it lets other work run first. */
function slowConsumer(): {
  consumer: IDataChannel;
  events: string[];
  release: () => void;
  ended: Promise<void>;
} {
  const events: string[] = [];
  let release!: () => void;
  let end!: () => void;
  const gate = new Promise<void>((resolve) => (release = resolve));
  const ended = new Promise<void>((resolve) => (end = resolve));
  const consumer: IDataChannel = {
    sendData: async (data) => {
      const name = Buffer.from(data).toString("utf8", 0, 1);
      events.push(`${name} begins`);
      if (name === "a") await gate;
      if (name !== "") events.push(`${name} done`);
    },
    sendTimers: () => Promise.resolve(),
    close: () => {
      events.push("closed");
      end();
    },
    onError: (error) => {
      events.push(`failed: ${String(error)}`);
      end();
    },
  };
  return { consumer, events, release, ended };
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe("a bundle that arrives in two messages", () => {
  async function run(whose: Whose): Promise<string[]> {
    const { channel, stream } = await connected(whose);
    const { consumer, events, release, ended } = slowConsumer();
    await channel.registerConsumer("bundle", "source", consumer);
    stream.write(piece("bundle", bytes("a"), false));
    stream.write(piece("bundle", bytes("b"), true));
    await vi.waitFor(() => expect(events).toContain("a begins"), polling);
    // When a later message has been handled, everything after the first piece has arrived.
    const later = slowConsumer();
    await channel.registerConsumer("later", "source", later.consumer);
    stream.write(piece("later", bytes("c"), true));
    await later.ended;
    release();
    await ended;
    await vi.waitFor(() => expect(events).toContain("a done"), polling);
    return events;
  }

  it("is processed in order by Muonitor's channel", async () => {
    expect(await run("ours")).toEqual(["a begins", "a done", "b begins", "b done", "closed"]);
  });

  it("ends before its rows are processed with the SDK's channel", async () => {
    const events = await run("the SDK's");
    expect(events.indexOf("closed")).toBeLessThan(events.indexOf("a done"));
  });
});

describe("entries of bundles that have ended", () => {
  async function entriesAfter(whose: Whose, bundles: number): Promise<number> {
    const { channel, stream } = await connected(whose);
    for (let n = 0; n < bundles; n += 1) {
      const { consumer, ended } = slowConsumer();
      await channel.registerConsumer(`bundle-${n}`, "source", consumer);
      stream.write(piece(`bundle-${n}`, bytes("x"), true));
      await ended;
      channel.unregisterConsumer(`bundle-${n}`, "source");
    }
    return channel instanceof OrderedDataChannel ? channel.inboxes.size : channel.consumers.size;
  }

  it("are freed by Muonitor's channel", async () => expect(await entriesAfter("ours", 50)).toBe(0));

  it("are never freed by the SDK's channel", async () =>
    expect(await entriesAfter("the SDK's", 50)).toBe(50));
});

describe("an element of 5 MB", () => {
  const large = new Uint8Array(5 << 20).fill(120);

  it("is accepted by Muonitor's channel", async () => {
    const { channel, stream } = await connected("ours");
    const { consumer, events, ended } = slowConsumer();
    await channel.registerConsumer("bundle", "source", consumer);
    stream.write(piece("bundle", large, true));
    await ended;
    expect(events).toEqual(["x begins", "x done", "closed"]);
  });

  it("breaks the stream of the SDK's channel, whose bundle then waits forever", async () => {
    const { channel, stream } = await connected("the SDK's");
    const { consumer, events } = slowConsumer();
    await channel.registerConsumer("bundle", "source", consumer);
    stream.write(piece("bundle", large, true));
    await vi.waitFor(
      () => expect(console.error).toHaveBeenCalledWith("Data channel error", expect.anything()),
      polling,
    );
    expect(events).toEqual([]);
  });
});

describe("Muonitor's channel", () => {
  it("a consumer gets the elements that arrived before it", async () => {
    const { channel, stream } = await connected("ours");
    stream.write(piece("bundle", bytes("b"), false));
    stream.write(piece("bundle", bytes("d"), true));
    await vi.waitFor(() => expect((channel as OrderedDataChannel).inboxes.size).toBe(1), polling);
    const { consumer, events, ended } = slowConsumer();
    await channel.registerConsumer("bundle", "source", consumer);
    await ended;
    expect(events).toEqual(["b begins", "b done", "d begins", "d done", "closed"]);
  });

  it("a bundle whose consumer fails fails too, and gets no more elements", async () => {
    const { channel, stream } = await connected("ours");
    const { consumer, events, ended } = slowConsumer();
    const failing = { ...consumer, sendData: () => Promise.reject(new Error("bad row")) };
    await channel.registerConsumer("bundle", "source", failing);
    stream.write(piece("bundle", bytes("b"), false));
    stream.write(piece("bundle", bytes("d"), true));
    await ended;
    expect(events).toEqual(["failed: Error: bad row"]);
  });

  it("all bundles fail when the stream breaks, also bundles that begin later", async () => {
    const { channel, stream } = await connected("ours");
    const [running, later] = [slowConsumer(), slowConsumer()];
    await channel.registerConsumer("bundle", "source", running.consumer);
    stream.end();
    await running.ended;
    await channel.registerConsumer("later", "source", later.consumer);
    expect(running.events).toEqual(["failed: Error: the runner has closed the data stream"]);
    expect(later.events).toEqual(running.events);
    await expect(channel.getSendChannel("bundle", "sink").sendData(bytes("x"))).rejects.toThrow("closed");
  });

  it("elements and the end of a bundle are sent", async () => {
    const { channel, stream } = await connected("ours");
    const received: unknown[] = [];
    stream.on("data", (elements: unknown) => received.push(elements));
    const out = channel.getSendChannel("bundle", "sink");
    await out.sendData(bytes("x"));
    out.close();
    await vi.waitFor(() => expect(received).toHaveLength(2), polling);
    expect(received).toMatchObject([
      { data: [{ instructionId: "bundle", transformId: "sink", isLast: false }] },
      { data: [{ instructionId: "bundle", transformId: "sink", isLast: true }] },
    ]);
  });
});
