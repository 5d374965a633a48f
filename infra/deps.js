// `npm run deps`: what the project depends on, and what keeps it back. Rewrites infra/dependencies.md.
import { refuseOldNode } from "./node-version.js";

refuseOldNode();
import("./dependencies/report.js").then(({ depsCommand }) => depsCommand());
