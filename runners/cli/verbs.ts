/** All verbs of the command line, in the order of the help. */
import { beatVerb, dismissVerb, haltVerb, runVerb } from "./aliases.js";
import { auditVerb } from "./audit.js";
import { bridgeVerb } from "./bridge.js";
import { cancelVerb } from "./cancel.js";
import { completionVerb } from "./completion.js";
import { configGroup } from "./config.js";
import { detectorGroup } from "./detector.js";
import { doctorVerb } from "./doctor.js";
import { downVerb } from "./down.js";
import { fetchVerb } from "./fetch.js";
import { initVerb } from "./init.js";
import { compareVerb, judgeVerb } from "./judge.js";
import { jobsVerb } from "./jobs.js";
import { processVerb } from "./process.js";
import { produceVerb } from "./produce.js";
import { referencesGroup } from "./references-verbs.js";
import { resultsVerb } from "./results.js";
import { savepointVerb } from "./savepoint.js";
import { serveVerb } from "./serve.js";
import { statusVerb } from "./status.js";
import { submitVerb } from "./submit.js";
import { topicsGroup } from "./topics.js";
import { upVerb } from "./up.js";
import { workerVerb } from "./worker.js";
import type { Verb, VerbGroup } from "./verb.js";

export const verbs: readonly (Verb | VerbGroup)[] = [
  upVerb,
  downVerb,
  statusVerb,
  bridgeVerb,
  produceVerb,
  fetchVerb,
  processVerb,
  judgeVerb,
  compareVerb,
  referencesGroup,
  submitVerb,
  jobsVerb,
  savepointVerb,
  cancelVerb,
  auditVerb,
  workerVerb,
  serveVerb,
  resultsVerb,
  topicsGroup,
  initVerb,
  runVerb,
  beatVerb,
  haltVerb,
  dismissVerb,
  detectorGroup,
  configGroup(() => verbs),
  completionVerb(() => verbs),
  doctorVerb,
];
