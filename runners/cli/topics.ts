/** `topics`: common tasks of kafkacat, and the settings of the system's own topics. */
import { countVerb } from "./topics/count.js";
import { createVerb } from "./topics/create.js";
import { deleteVerb } from "./topics/delete.js";
import { describeVerb } from "./topics/describe.js";
import { listVerb } from "./topics/list.js";
import { peekVerb } from "./topics/peek.js";
import { publishVerb } from "./topics/publish.js";
import type { VerbGroup } from "./verb.js";

export const topicsGroup: VerbGroup = {
  name: "topics",
  summary: "inspect, create, fill and delete Kafka topics",
  description: `Commands on any topic of a Kafka cluster. Commands that read fix the range of offsets when they start,
read one partition after another, and stop at the end of the range.`,
  verbs: [createVerb, listVerb, describeVerb, peekVerb, countVerb, publishVerb, deleteVerb],
};
