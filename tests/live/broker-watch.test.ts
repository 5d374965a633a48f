/** The watch names brokers that are out of the cluster or behind, from what a cluster reports. */
import { expect, it, onTestFinished } from "vitest";
import type { ClusterMetadata } from "../../runners/kafka/index.js";
import { BrokerWatch } from "../../runners/live/broker-watch.js";
import { polling } from "../helpers/polling.js";

const probe = { everyMs: 5, withinMs: 1000, toleratedMs: 200 };
const since = /since \d\d:\d\d:\d\d UTC/;
const all = [1, 2, 3];

interface Seen {
  brokers?: readonly number[];
  inSync?: number[];
  /** Leader of the first of two partitions. */
  leader?: number;
}

function cluster({ brokers = all, inSync = all, leader = 1 }: Seen): ClusterMetadata {
  const partition = (number: number): ClusterMetadata["topics"][number]["partitions"][number] => ({
    ...{ partition: number, leader: number === 0 ? leader : 1 },
    ...{ replicas: all, inSync },
  });
  return {
    brokers: new Map(brokers.map((id) => [id, `kafka-${id}:9092`])),
    topics: [{ name: "data_raw", error: 0, id: null, rights: null, partitions: [0, 1].map(partition) }],
  };
}

interface Watched {
  watch: BrokerWatch;
  lines: string[];
  /** Gives the cluster another state, and waits until the watch has read it. */
  becomes: (seen: Seen | null | Error) => Promise<void>;
}

function watching(first: Seen = {}): Watched {
  let state: ClusterMetadata | null | Error = cluster(first);
  let readings = 0;
  const read = (): Promise<ClusterMetadata | null> => {
    readings += 1;
    return state instanceof Error ? Promise.reject(state) : Promise.resolve(state);
  };
  const lines: string[] = [];
  const watch = new BrokerWatch({ read, log: (line) => lines.push(line), probe });
  onTestFinished(() => watch.close());
  const becomes: Watched["becomes"] = async (seen) => {
    state = seen === null || seen instanceof Error ? seen : cluster(seen);
    const before = readings;
    // The second reading from now on begins after the first has been taken.
    await expect.poll(() => readings, polling).toBeGreaterThan(before + 1);
  };
  return { watch, lines, becomes };
}

it("a complete cluster gives no notice", async () => {
  const { watch, lines, becomes } = watching();
  await becomes({});
  expect([watch.notices, lines]).toEqual([[], []]);
});

it("a broker that leaves the cluster is named with its last address, until it is back and in sync", async () => {
  const { watch, lines, becomes } = watching();
  await becomes({});
  await becomes({ brokers: [1, 3], inSync: [1, 3] });
  const line =
    /^Kafka: broker 2 \(kafka-2:9092\) has been out of the cluster since .* UTC; 2 of 3 brokers are left$/;
  expect(watch.notices).toEqual([expect.stringMatching(line)]);
  expect(watch.notices[0]).toMatch(since);
  await becomes({ inSync: [1, 3] });
  expect(watch.notices).toEqual([
    "Kafka: broker 2 (kafka-2:9092) is behind: 2 of its 2 replicas are not in sync",
  ]);
  await becomes({});
  expect(watch.notices).toEqual([]);
  expect(lines).toEqual([expect.stringMatching(line), "Kafka: all brokers are in the cluster"]);
});

it("a broker that was never seen is named by its number only", async () => {
  const { watch, becomes } = watching({ brokers: [1, 3], inSync: [1, 3] });
  await becomes({ brokers: [1, 3], inSync: [1, 3] });
  expect(watch.notices).toEqual(["Kafka: broker 2 is not in the cluster; 2 of 3 brokers are left"]);
});

it("each of several brokers is named, and partitions without a leader are counted", async () => {
  const { watch, becomes } = watching();
  await becomes({});
  await becomes({ brokers: [1], inSync: [1], leader: -1 });
  expect(watch.notices).toEqual([
    expect.stringMatching(/^Kafka: broker 2 .*; 1 of 3 brokers are left$/),
    expect.stringMatching(/^Kafka: broker 3 .*; 1 of 3 brokers are left$/),
    "Kafka: 1 of 2 partitions of data_raw have no leader and cannot be used",
  ]);
});

it("a broker without replicas may leave: it was removed from the cluster", async () => {
  const { watch, becomes } = watching({ brokers: [1, 2, 3, 4] });
  await becomes({ brokers: [1, 2, 3, 4] });
  await becomes({});
  expect(watch.notices).toEqual([]);
});

it("while no broker answers, nothing is reported about single brokers", async () => {
  const { watch, becomes } = watching();
  await becomes({});
  await becomes({ brokers: [1, 3], inSync: [1, 3] });
  expect(watch.notices).toHaveLength(1);
  await becomes(new Error("no answer"));
  await expect.poll(() => watch.notices, polling).toEqual([]);
  await becomes({ brokers: [1, 3], inSync: [1, 3] });
  expect(watch.notices).toHaveLength(1);
});

it("brokers that are too old give no notice", async () => {
  const { watch, becomes } = watching();
  await becomes(null);
  expect(watch.notices).toEqual([]);
});
