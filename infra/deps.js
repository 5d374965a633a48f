// `npm run deps`: lists the project's dependencies and the reasons for old versions. Rewrites infra/dependencies.md.
import { refuseOldNode } from "./node-version.js";

refuseOldNode();
import("./dependencies/report.js").then(({ depsCommand }) => depsCommand());
