/** Reader positions stored in Kafka: the offsets of a group without members, each with metadata. */
import type { Admin } from "kafkajs";
import { asAdmin, createToolKafka, whenSteady } from "../admin.js";
import type { KafkaAccess } from "../access.js";
import { closeCluster, createCluster } from "./cluster.js";

export interface KeptOffset {
  partition: number;
  offset: bigint;
  note: string;
}

/** Offsets of all partitions for which the group has stored one. */
export function keptOffsets(access: KafkaAccess, groupId: string, topic: string): Promise<KeptOffset[]> {
  const read = async (admin: Admin): Promise<KeptOffset[]> => {
    const [kept] = await whenSteady(() => admin.fetchOffsets({ groupId, topics: [topic] }));
    return (kept?.partitions ?? [])
      .map(({ partition, offset, metadata }) => ({ partition, offset: BigInt(offset), note: metadata ?? "" }))
      .filter(({ offset }) => offset >= 0n);
  };
  return asAdmin(access, read);
}

const limits = { timeoutMs: 3000, retries: 0 };

export async function keepOffsets(
  access: KafkaAccess,
  groupId: string,
  topic: string,
  kept: readonly KeptOffset[],
): Promise<void> {
  const cluster = createCluster(createToolKafka(access, limits), topic);
  try {
    await cluster.connect();
    await cluster.brokerPool.refreshMetadata([topic]);
    const coordinator = await cluster.findGroupCoordinator({ groupId });
    const partitions = kept.map(({ partition, offset, note }) => ({
      partition,
      offset: String(offset),
      metadata: note,
    }));
    // Sent as a reader that is not a member of the group.
    const nobody = { groupGenerationId: -1, memberId: "" };
    await coordinator.offsetCommit({ groupId, ...nobody, topics: [{ topic, partitions }] });
  } finally {
    await closeCluster(cluster);
  }
}
