/** Checks whether the configured Kafka, Flink and S3 servers answer. */
import { asAdmin, isInternal, type KafkaAccess } from "../../kafka/index.js";
import { FlinkRest } from "../../flink/rest.js";
import { askHttp } from "../../net/index.js";
import { absent, ok, type Check, type Look } from "./finding.js";

interface Named {
  kafka: KafkaAccess | null;
  flinkMaster: string | undefined;
  s3Endpoint: string | undefined;
  signal: AbortSignal;
}

/** A configured server is required. */
export function networkChecks({ kafka, flinkMaster, s3Endpoint, signal }: Named): Check[] {
  const purpose = "everything" as const;
  return [
    ...(kafka === null ? [] : [{ what: "Kafka", purpose, look: () => lookAtKafka({ ...kafka, signal }) }]),
    ...(flinkMaster === undefined
      ? []
      : [{ what: "Flink", purpose, look: () => lookAtFlink(flinkMaster, signal) }]),
    ...(s3Endpoint === undefined ? [] : [{ what: "S3", purpose, look: () => lookAtS3(s3Endpoint, signal) }]),
  ];
}

function lookAtKafka(access: KafkaAccess): Promise<Look> {
  return asAdmin(access, async (admin) => {
    const { brokers } = await admin.describeCluster();
    const topics = (await admin.listTopics()).filter((topic) => !isInternal(topic)).sort();
    const names = topics.length === 0 ? "no topic" : `topics ${topics.slice(0, 10).join(", ")}`;
    return ok(`${brokers.length} brokers at ${access.bootstrapServers}, ${names}`);
  }).catch((error: unknown) => absent((error as Error).message, "check address, network and login"));
}

async function lookAtFlink(master: string, signal: AbortSignal): Promise<Look> {
  try {
    const overview = await new FlinkRest(master, signal).slots();
    const { taskmanagers, "slots-available": free, "slots-total": slots } = overview;
    return ok(
      `${overview["flink-version"]} at ${master}, ${taskmanagers} TaskManagers, ${free} of ${slots} slots free`,
    );
  } catch (error) {
    signal.throwIfAborted();
    return absent((error as Error).message, "start it, or check the address");
  }
}

/** Nearly any answer is accepted, because its content depends on the credentials. */
async function lookAtS3(endpoint: string, signal: AbortSignal): Promise<Look> {
  const help = "check address and network";
  try {
    const { status, type } = await askHttp(endpoint, { signal });
    if (status < 300 && type.includes("html"))
      return absent(`${endpoint} does not answer as an S3 server: got HTML`, help);
    return ok(`${endpoint} answers (HTTP ${status})`);
  } catch (error) {
    signal.throwIfAborted();
    return absent(`${endpoint} does not answer: ${(error as Error).message}`, help);
  }
}
