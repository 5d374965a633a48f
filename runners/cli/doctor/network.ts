/** Whether the Kafka, the Flink and the S3 server that were named answer. */
import { asAdmin, isInternal, type KafkaAccess } from "../../kafka/index.js";
import { flinkOverview } from "../../parts/index.js";
import { absent, there, type Check, type Look } from "./finding.js";

export interface Named {
  kafka: KafkaAccess | null;
  flinkMaster: string | undefined;
  s3Endpoint: string | undefined;
}

const answerMs = 5000;

/** What was named is needed. */
export function networkChecks({ kafka, flinkMaster, s3Endpoint }: Named): Check[] {
  const purpose = "everything" as const;
  return [
    ...(kafka === null ? [] : [{ what: "Kafka", purpose, look: () => lookAtKafka(kafka) }]),
    ...(flinkMaster === undefined ? [] : [{ what: "Flink", purpose, look: () => lookAtFlink(flinkMaster) }]),
    ...(s3Endpoint === undefined ? [] : [{ what: "S3", purpose, look: () => lookAtS3(s3Endpoint) }]),
  ];
}

function lookAtKafka(access: KafkaAccess): Promise<Look> {
  return asAdmin(access, async (admin) => {
    const { brokers } = await admin.describeCluster();
    const topics = (await admin.listTopics()).filter((topic) => !isInternal(topic)).sort();
    const names = topics.length === 0 ? "no topic" : `topics ${topics.slice(0, 10).join(", ")}`;
    return there(`${brokers.length} brokers at ${access.bootstrapServers}, ${names}`);
  }).catch((error: unknown) => absent((error as Error).message, "check address, network and login"));
}

async function lookAtFlink(master: string): Promise<Look> {
  const overview = await flinkOverview(`http://${master}`);
  if (overview === null) return absent(`no Flink answers at ${master}`, "start it, or check the address");
  const { taskmanagers, "slots-available": free, "slots-total": slots } = overview;
  return there(
    `${overview["flink-version"]} at ${master}, ${taskmanagers} TaskManagers, ${free} of ${slots} slots free`,
  );
}

/** Any answer will do: what it lets us see depends on the credentials. */
async function lookAtS3(endpoint: string): Promise<Look> {
  try {
    const { status } = await fetch(endpoint, { method: "HEAD", signal: AbortSignal.timeout(answerMs) });
    return there(`${endpoint} answers (HTTP ${status})`);
  } catch (error) {
    const { cause } = error as { cause?: Error };
    return absent(
      `${endpoint} does not answer: ${cause?.message ?? String(error)}`,
      "check address and network",
    );
  }
}
