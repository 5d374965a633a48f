/** The job of a name, with a small server in Flink's place. */
import { afterEach, expect, it, onTestFinished } from "vitest";
import { JobWatch } from "../../runners/flink/job-watch.js";
import { flinkWith, stopFlink, type Answer } from "./fake-flink.js";
import { patience } from "../helpers/patience.js";

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

it("has no problem while all tasks of the job run", async () => {
  const watch = await watching([[{}]]);
  await expect.poll(() => watch.current.id, patience).toBe("j1");
  expect(watch.current.problem).toBeNull();
});

it("names the state of a job that does not run, with its cause", async () => {
  const watch = await watching(
    [[{ state: "RESTARTING", running: 0 }]],
    "a\nCaused by: the worker has gone\n",
  );
  await expect.poll(problemOf(watch), patience).toBe("the job muonitor is RESTARTING: the worker has gone");
});

it("does not take a job for running whose tasks wait for slots", async () => {
  const watch = await watching([[{ running: 1 }]]);
  await expect.poll(problemOf(watch), patience).toBe("1 of 4 tasks of the job muonitor run");
});

it("follows the name: a job that was cancelled and submitted again with a savepoint is the same work", async () => {
  const ended = { state: "CANCELED", running: 0 };
  const watch = await watching([[{}], [ended], [ended], [ended, { jid: "j2", start: 2 }]]);
  await expect
    .poll(problemOf(watch), patience)
    .toMatch(/^the job muonitor is CANCELED; muonitor submit starts/);
  await expect.poll(() => watch.current, patience).toMatchObject({ id: "j2", problem: null });
});

it("prefers the job that runs to a newer one that has ended, and looks at no other name", async () => {
  const others = [
    { jid: "j2", start: 2, state: "CANCELED" },
    { jid: "j3", name: "muonitor-lab2", start: 3 },
  ];
  const watch = await watching([[...others, {}]]);
  await expect.poll(() => watch.current, patience).toMatchObject({ id: "j1", problem: null });
});

it("reports that a job which ran no longer exists, as after a change of the JobManager", async () => {
  const watch = await watching([[{}], []]);
  await expect
    .poll(problemOf(watch), patience)
    .toBe("Flink no longer has the job muonitor; muonitor submit starts it again");
});

it("reports that there is none", async () => {
  const watch = await watching([[{ name: "muonitor-lab2" }]]);
  await expect.poll(problemOf(watch), patience).toBe("Flink has no job muonitor");
});
