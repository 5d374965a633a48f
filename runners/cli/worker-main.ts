/** The worker pool as a part that `up` starts: `node worker-main.js PORT`. */
import { main } from "../cli.js";

process.exitCode = await main(["worker", "--port", process.argv[2] ?? ""]);
