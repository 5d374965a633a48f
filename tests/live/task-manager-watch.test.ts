/** The watch names hosts whose TaskManagers are lost, on a small server that imitates Flink. */
import { expect, it, onTestFinished } from "vitest";
import { TaskManagerWatch } from "../../runners/live/task-manager-watch.js";
import { flinkWith, stopFlink, type Answer } from "../flink/fake-flink.js";
import { polling } from "../helpers/polling.js";

const probe = { everyMs: 5, withinMs: 1000, toleratedMs: 200 };

/** TaskManagers by name, each on the host `node-NAME`. */
const listed = (names: readonly string[]): Answer => [
  200,
  {
    taskmanagers: names.map((name) => ({
      id: `taskmanager-${name}`,
      path: `pekko.tcp://flink@node-${name}:6122/user/rpc/taskmanager_0`,
    })),
  },
];

interface Watched {
  watch: TaskManagerWatch;
  lines: string[];
  master: string;
  /** Registers these TaskManagers and no others, and waits until the watch knows. */
  registers: (...names: string[]) => Promise<void>;
}

async function watching(...names: string[]): Promise<Watched> {
  const answers = { "GET /taskmanagers": [listed(names)] };
  const { rest, asked } = await flinkWith(answers);
  const lines: string[] = [];
  const { master } = rest;
  const watch = new TaskManagerWatch({ master, log: (line) => lines.push(line), probe });
  onTestFinished(() => watch.close());
  const registers = async (...now: string[]): Promise<void> => {
    answers["GET /taskmanagers"] = [listed(now)];
    const before = asked.length;
    // The second request from now on is sent after the first answer has been taken.
    await expect.poll(() => asked.length, polling).toBeGreaterThan(before + 1);
  };
  await registers(...names);
  return { watch, lines, master, registers };
}

const lostLine = (name: string, left: string): unknown =>
  expect.stringMatching(
    new RegExp(
      `^Flink: the TaskManager on host node-${name} has not been registered since \\d\\d:\\d\\d:\\d\\d UTC; ${left} hosts are left$`,
    ),
  );

it("a complete cluster gives no notice", async () => {
  const { watch, lines } = await watching("1", "2");
  expect([watch.notices, lines]).toEqual([[], []]);
});

it("a host that is lost is named until it is back, under any name of its TaskManager", async () => {
  const { watch, lines, registers } = await watching("1", "2", "3");
  await registers("1", "3");
  expect(watch.notices).toEqual([lostLine("2", "2 of 3")]);
  await registers("1", "3", "2");
  expect(watch.notices).toEqual([]);
  expect(lines).toEqual([lostLine("2", "2 of 3"), "Flink: all hosts of TaskManagers are registered"]);
});

it("each of several lost hosts is named, even if none is left", async () => {
  const { watch, registers } = await watching("1", "2");
  await registers();
  expect(watch.notices).toEqual([lostLine("1", "0 of 2"), lostLine("2", "0 of 2")]);
});

it("a new host replaces one that is lost permanently, and no other", async () => {
  const { watch, registers } = await watching("1", "2", "3");
  await registers("1");
  await registers("1", "4");
  expect(watch.notices).toEqual([lostLine("3", "2 of 3")]);
  await registers("1", "4", "5");
  expect(watch.notices).toEqual([]);
  await registers("1", "4");
  expect(watch.notices).toEqual([lostLine("5", "2 of 3")]);
});

it("a new host may register before Flink no longer lists the one that it replaces", async () => {
  const { watch, registers } = await watching("1", "2");
  await registers("1", "2", "3");
  await registers("1", "3");
  expect(watch.notices).toEqual([]);
});

it("a JobManager that does not answer is named, and nothing is reported about its TaskManagers", async () => {
  const { watch, master, registers } = await watching("1", "2");
  await registers("1");
  expect(watch.notices).toHaveLength(1);
  stopFlink();
  await expect
    .poll(() => watch.notices, polling)
    .toEqual([
      expect.stringMatching(
        new RegExp(
          `^Flink: the JobManager at ${master} has not answered since .* UTC; its TaskManagers are unknown$`,
        ),
      ),
    ]);
});

it("a server that is not Flink is not taken for one without TaskManagers", async () => {
  const answers: Record<string, Answer[]> = { "GET /taskmanagers": [[200, { jobs: [] }]] };
  const { rest } = await flinkWith(answers);
  const watch = new TaskManagerWatch({ master: rest.master, log: () => undefined, probe });
  onTestFinished(() => watch.close());
  await expect
    .poll(() => watch.notices, polling)
    .toEqual([expect.stringMatching(/^Flink: the JobManager at .* has not answered since/)]);
});
