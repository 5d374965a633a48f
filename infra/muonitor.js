#!/usr/bin/env node
// `npm run -s muonitor -- VERB` and `npx muonitor VERB`.
import { refuseOldNode } from "./node-version.js";

refuseOldNode();
import("./bootstrap.js").then(({ runMuonitor }) => runMuonitor(process.argv.slice(2)));
