/** Rights of a login by Kafka's access rules (ACLs), checked in advance. */
import { createKafka, type KafkaAccess } from "./access.js";
import { closeCluster, createCluster } from "./client/cluster.js";
import { fetchMetadata } from "./client/metadata.js";
import { connectKafka } from "./connect-failure.js";
import { isRefusal, refused } from "./refusals.js";

/** Operations of Kafka's access rules, with their codes. Read and Write include Describe. */
const operations = { Read: 3, Write: 4, Create: 5, Delete: 6, Describe: 8, DescribeConfigs: 10 } as const;
type Right = keyof typeof operations;

const clientId = "muonitor-rights";

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
    await connectKafka(cluster, access);
    const broker = await cluster.brokerPool.findConnectedBroker();
    await broker.findGroupCoordinator({ groupId, coordinatorType: 0 });
  } catch (error) {
    if (isRefusal(error)) throw refused([`Describe on group ${groupId}`], error);
    // A coordinator may still be missing: later requests wait for it.
  } finally {
    await closeCluster(cluster);
  }
}

/** Rights of the login on a topic; null if the topic does not exist or the broker does not report them. */
async function rightsOn(access: KafkaAccess, topic: string): Promise<ReadonlySet<Right> | null> {
  const cluster = createCluster(createKafka(access, clientId, { retry: { retries: 2 } }), topic);
  try {
    await connectKafka(cluster, access);
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
