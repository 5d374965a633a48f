/** After a kill at any moment the run, the totals and the windows on disk agree, and alarms are kept. */
import { copyFileSync, existsSync } from "node:fs";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import type { Alarm } from "../../pipeline/model/index.js";
import { Monitor } from "../../dashboard/bridge/monitor/monitor.js";
import { WindowHistory } from "../../dashboard/bridge/history.js";
import { Store } from "../../dashboard/bridge/store/index.js";
import { makeMessage } from "../helpers/messages.js";
import { scratchFolder } from "../helpers/scratch.js";
import { makeStatus } from "../dashboard/support.js";
import { all, countsOf, noListener, type Counts } from "./counted.js";

const scratch = scratchFolder();
const windowMs = 1000;
/** After the start of the run, but not so far in the future that windows are rejected. */
const firstId = Math.ceil(Date.now() / windowMs) + 25;
const message = (index: number, revision = 0): ReturnType<typeof makeMessage> =>
  makeMessage({ id: firstId + index, windowMs, orbits: 20 + revision, revision });
let files = 0;

class Session {
  readonly history = new WindowHistory(10, 0);
  readonly store: Store;
  readonly monitor: Monitor;

  constructor(readonly file = join(scratch.path, `killed-${(files += 1)}.sqlite`)) {
    this.store = new Store({ file });
    onTestFinished(() => this.store.close());
    this.monitor = new Monitor({ store: this.store, history: this.history, listener: noListener });
  }

  take(from: number, to: number): void {
    for (let index = from; index < to; index += 1) this.monitor.takeWindow(message(index));
  }

  /** State that another process would find if this one were killed now. */
  killed(): Session {
    const copy = join(scratch.path, `killed-${(files += 1)}.sqlite`);
    for (const end of ["", "-wal"])
      if (existsSync(this.file + end)) copyFileSync(this.file + end, copy + end);
    return new Session(copy);
  }

  get counts(): Counts {
    return countsOf(this);
  }
}

it("all counts are restored after a kill right after windows were written", () => {
  const first = new Session();
  first.monitor.startRun(1, "");
  first.take(0, 5);
  first.store.flush();
  expect(first.killed().counts).toEqual(all(5));
});

it.each([
  ["a status", ({ monitor }: Session) => monitor.takeStatus(makeStatus())],
  ["a comment on the run", ({ monitor }: Session) => void monitor.runs.comment(1, "beam is back")],
])("windows not yet written at %s are read again after a kill, and count once", (_, happens) => {
  const first = new Session();
  first.monitor.startRun(1, "");
  first.take(0, 5);
  happens(first);
  const second = first.killed();
  second.take(0, 5);
  expect(second.counts).toEqual(all(5));
});

it("a run that was stopped before its windows were written keeps its counts after a kill", () => {
  const first = new Session();
  first.monitor.startRun(1, "");
  first.take(0, 5);
  first.monitor.stopRun();
  const second = first.killed();
  expect(second.store.records.runs(Number.MAX_SAFE_INTEGER, 1)).toMatchObject([{ windows: 5 }]);
  expect(second.counts).toMatchObject({ totals: 5, stored: 5 });
});

it("windows that are corrected after they left memory count once", () => {
  const first = new Session();
  first.monitor.startRun(1, "");
  first.take(0, 30);
  first.store.flush();
  const second = first.killed();
  second.monitor.takeWindow(message(2, 1));
  second.monitor.takeWindow(message(2, 2));
  expect(second.counts).toEqual(all(30));
  const hits = Array.from({ length: 30 }, (_, index) => message(index, index === 2 ? 2 : 0).hit_count);
  const sum = hits.reduce((total, one) => total + one, 0);
  expect(second.history.totals.hit_count).toBe(sum);
  expect(second.monitor.picture("since")?.hit_count).toBe(sum);
  expect(second.monitor.runState.current?.hit_count).toBe(sum);
});

it("an alarm is not cleared by its own windows, which are read again after a kill", () => {
  const topic = "data_clean";
  const give = ({ monitor }: Session, from: number, to: number): void => {
    for (let index = from; index < to; index += 1) {
      const silentChambers = index < 90 ? [] : [2];
      const one = makeMessage({ id: firstId - 300 + index, windowMs, orbits: 200, silentChambers });
      monitor.takeWindow(one, { topic, partition: 0, next: String(index + 1) });
    }
  };
  const silent = ({ monitor }: Session): Alarm[] =>
    monitor.alarms.filter(({ finding }) => finding.rule === "silent-chamber");
  const first = new Session();
  give(first, 0, 94);
  const [alarm] = silent(first);
  first.monitor.acknowledge(alarm!.id, "Trainee", "strange");
  first.monitor.acknowledge(alarm!.id, "Shifter", "high voltage is off");
  const second = first.killed();
  give(second, Number(second.store.positionsOf(topic)[0]?.next ?? 0), 100);
  const acknowledged: unknown = expect.objectContaining({
    by: "Shifter",
    earlier_comments: [expect.objectContaining({ by: "Trainee", comment: "strange" })],
  });
  expect(silent(second)).toEqual([
    expect.objectContaining({ id: alarm!.id, cleared_ms: null, acknowledged }),
  ]);
});
