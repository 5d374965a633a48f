// `npm test`, `npm test -- tests/infra`, `npm run test:long`.
import { refuseOldNode } from "./node-version.js";

refuseOldNode();
import("./bootstrap/tests.js").then(({ testCommand }) => testCommand(process.argv.slice(2)));
