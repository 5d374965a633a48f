/** Access rules (ACLs) of Kafka: which one a login lacks, in one line. */
import { MuonitorError } from "../../pipeline/model/index.js";
import type { KafkaAccess } from "./access.js";
import { createKafka } from "./access.js";
import { closeCluster, createCluster } from "./client/cluster.js";
import { fetchMetadata, ProtocolError } from "./client/metadata.js";

/** Operations of Kafka's access rules, with their codes. Read and Write include Describe. */
const operations = { Read: 3, Write: 4, Create: 5, Delete: 6, Describe: 8, DescribeConfigs: 10 } as const;
type Right = keyof typeof operations;

/** Error codes of a topic, group and cluster that a login may not use. */
const refusalCodes = [29, 30, 31];
const refusalTypes = /^(TOPIC|GROUP|CLUSTER)_AUTHORIZATION_FAILED$/;
const deepest = 6;
const clientId = "muonitor-rights";

/** Whether Kafka has refused something because no access rule allows it. */
export function isRefusal(error: unknown): boolean {
  let at = error;
  for (let depth = 0; depth < deepest && typeof at === "object" && at !== null; depth += 1) {
    if (at instanceof RefusedError) return true;
    if (at instanceof ProtocolError && refusalCodes.includes(at.code)) return true;
    const { type, cause, errors } = at as { type?: unknown; cause?: unknown; errors?: unknown[] };
    if (typeof type === "string" && refusalTypes.test(type)) return true;
    at = cause ?? errors?.[0];
  }
  return false;
}

/** Kafka does not allow the login to do something. */
export class RefusedError extends MuonitorError {}

/** @param lacking access rules, such as "Read on topic data_raw" */
export function refused(lacking: readonly string[], cause?: unknown): RefusedError {
  const rules = lacking.length === 1 ? "an access rule" : "access rules";
  const text = `Kafka does not allow this login to do that: it lacks ${rules}, ${lacking.join(", ")} (kafka-acls --add)`;
  return new RefusedError(text, cause === undefined ? {} : { cause });
}

/** Runs work for which a login needs a rule; a refusal becomes one line with the rule. */
export async function needing<T>(rule: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw isRefusal(error) && !(error instanceof RefusedError) ? refused([rule], error) : error;
  }
}

/** Kafka hides a topic from logins that may not describe it. */
export async function requireVisible(access: KafkaAccess, topic: string): Promise<void> {
  const rights = await rightsOn(access, topic);
  if (rights?.size === 0) throw refused([`Describe on topic ${topic}`]);
}

/**
 * Checks in advance what would otherwise fail later, in another program.
 * @throws RefusedError with all missing rules
 */
export async function requireRights(
  access: KafkaAccess,
  needed: ReadonlyMap<string, readonly Right[]>,
): Promise<void> {
  const lacking: string[] = [];
  for (const [topic, rights] of needed) {
    const has = await rightsOn(access, topic);
    if (has !== null)
      lacking.push(...rights.filter((right) => !has.has(right)).map((right) => `${right} on topic ${topic}`));
  }
  if (lacking.length > 0) throw refused(lacking);
}

/** kafkajs hides why it finds no coordinator of a group. @throws RefusedError if the login may not use the group */
export async function requireGroup(access: KafkaAccess, groupId: string): Promise<void> {
  const cluster = createCluster(createKafka(access, clientId, { retry: { retries: 2 } }));
  try {
    await cluster.connect();
    const broker = await cluster.brokerPool.findConnectedBroker();
    await broker.findGroupCoordinator({ groupId, coordinatorType: 0 });
  } catch (error) {
    if (isRefusal(error)) throw refused([`Describe on group ${groupId}`], error);
    // A coordinator that is not there yet is waited for later.
  } finally {
    await closeCluster(cluster);
  }
}

/** Rights of the login on a topic; null if the topic does not exist or the broker does not report them. */
async function rightsOn(access: KafkaAccess, topic: string): Promise<ReadonlySet<Right> | null> {
  const cluster = createCluster(createKafka(access, clientId, { retry: { retries: 2 } }), topic);
  try {
    await cluster.connect();
    const bits = (await fetchMetadata(cluster, topic))?.rights ?? null;
    if (bits === null) return null;
    const all = Object.keys(operations) as Right[];
    return new Set(all.filter((right) => (bits & (1 << operations[right])) !== 0));
  } catch (error) {
    if (isRefusal(error)) return new Set();
    throw error;
  } finally {
    await closeCluster(cluster);
  }
}
