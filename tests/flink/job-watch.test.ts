/** Watches the job with a given name, on a small server that imitates Flink. */
import { afterEach, expect, it, onTestFinished } from "vitest";
import { JobWatch } from "../../runners/flink/job-watch.js";
import { flinkWith, stopFlink, type Answer } from "./fake-flink.js";
import { polling } from "../helpers/polling.js";

afterEach(stopFlink);

interface Listed {
  jid?: string;
  name?: string;
  state?: string;
  running?: number;
  start?: number;
}

const job = ({
  jid = "j1",
  name = "muonitor",
  state = "RUNNING",
  running = 4,
  start = 1,
}: Listed): object => ({
  jid,
  name,
  state,
  "start-time": start,
  duration: 1,
  tasks: { total: 4, running, finished: 0 },
});

async function watching(lists: Listed[][], failure: string | null = null): Promise<JobWatch> {
  const overview = lists.map((jobs): Answer => [200, { jobs: jobs.map(job) }]);
  const entries = failure === null ? [] : [{ stacktrace: failure }];
  const exceptions: Answer[] = [[200, { exceptionHistory: { entries } }]];
  const { rest } = await flinkWith({
    "GET /jobs/overview": overview,
    "GET /jobs/j1/exceptions?maxExceptions=1": exceptions,
    "GET /jobs/j2/exceptions?maxExceptions=1": exceptions,
  });
  const watch = new JobWatch(rest, "muonitor");
  onTestFinished(() => watch.close());
  return watch;
}

const problemOf = (watch: JobWatch) => (): string | null => watch.current.problem;

it("the watch has no problem while all tasks of the job run", async () => {
  const watch = await watching([[{}]]);
  await expect.poll(() => watch.current.id, polling).toBe("j1");
  expect(watch.current.problem).toBeNull();
});

it("the watch reports the state of a job that does not run, with the cause", async () => {
  const watch = await watching(
    [[{ state: "RESTARTING", running: 0 }]],
    "a\nCaused by: the worker has gone\n",
  );
  await expect.poll(problemOf(watch), polling).toBe("the job muonitor is RESTARTING: the worker has gone");
});

it("the watch reports a running job whose tasks wait for slots", async () => {
  const watch = await watching([[{ running: 1 }]]);
  await expect.poll(problemOf(watch), polling).toBe("1 of 4 tasks of the job muonitor run");
});

it("the watch follows the name: a job that was cancelled and resubmitted with a savepoint is the same job", async () => {
  const ended = { state: "CANCELED", running: 0 };
  const watch = await watching([[{}], [ended], [ended], [ended, { jid: "j2", start: 2 }]]);
  await expect
    .poll(problemOf(watch), polling)
    .toMatch(/^the job muonitor is CANCELED; muonitor submit starts/);
  await expect.poll(() => watch.current, polling).toMatchObject({ id: "j2", problem: null });
});

it("the watch prefers a running job to a newer one that has ended, and ignores other names", async () => {
  const others = [
    { jid: "j2", start: 2, state: "CANCELED" },
    { jid: "j3", name: "muonitor-lab2", start: 3 },
  ];
  const watch = await watching([[...others, {}]]);
  await expect.poll(() => watch.current, polling).toMatchObject({ id: "j1", problem: null });
});

it("the watch reports that a job no longer exists, for example after a change of the JobManager", async () => {
  const watch = await watching([[{}], []]);
  await expect
    .poll(problemOf(watch), polling)
    .toBe("Flink no longer has the job muonitor; muonitor submit starts it again");
});

it("the watch reports that no job with this name exists", async () => {
  const watch = await watching([[{ name: "muonitor-lab2" }]]);
  await expect.poll(problemOf(watch), polling).toBe("Flink has no job muonitor");
});
