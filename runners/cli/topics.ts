/** `topics`: what students do with kafkacat, and what the system needs of its topics. */
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
  summary: "look into topics of Kafka, make, fill and delete them",
  description: `Works on any topic of a Kafka cluster. What is read is what lies between two places of the topic when the verb
begins, partition after partition: each reading ends by itself.`,
  verbs: [createVerb, listVerb, describeVerb, peekVerb, countVerb, publishVerb, deleteVerb],
};
