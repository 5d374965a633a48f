#!/usr/bin/env node
// `npm run -s muonitor -- COMMAND` and `npx muonitor COMMAND`.
import { refuseOldNode } from "./node-version.js";

refuseOldNode();
import("./bootstrap.js").then(({ runMuonitor }) => runMuonitor(process.argv.slice(2)));
