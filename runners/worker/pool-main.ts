/** The worker pool as a separate process: `node pool-main.js PORT`, ended by a stop signal. */
import { MuonitorError } from "../../pipeline/model/index.js";
import { untilAborted, watchStopSignals } from "../process/index.js";
import { WorkerPool } from "./pool.js";

const ending = new AbortController();
const log = (line: string): void => void process.stderr.write(`${line}\n`);
const done = watchStopSignals({ onStop: () => ending.abort(), log });
const pool = new WorkerPool({ host: "127.0.0.1", port: Number(process.argv[2]), log });
try {
  process.stdout.write(`workers at ${await pool.start()}\n`);
  await untilAborted(ending.signal);
} catch (error) {
  process.exitCode = 1;
  log(error instanceof MuonitorError ? error.message : String(error));
} finally {
  await pool.stop();
  done();
}
