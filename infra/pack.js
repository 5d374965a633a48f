// `npm run pack`: a release bundle in build/release.
import { refuseOldNode } from "./node-version.js";

refuseOldNode();
import("./bundle/pack.js").then(({ packCommand }) => packCommand(process.argv.slice(2)));
