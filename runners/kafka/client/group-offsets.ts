/** Reader positions stored in Kafka: the offsets of a group without members, each with metadata. */
import type { Admin } from "kafkajs";
import { asAdmin, createToolKafka, whenSteady } from "../admin.js";
import type { KafkaAccess } from "../access.js";
import { needing } from "../refusals.js";
import { requireGroup } from "../rights.js";
import { closeCluster, createCluster } from "./cluster.js";

export interface KeptOffset {
  partition: number;
  offset: bigint;
  note: string;
}

/** Offsets of all partitions for which the group has stored one. */
export async function keptOffsets(
  access: KafkaAccess,
  groupId: string,
  topic: string,
): Promise<KeptOffset[]> {
  await requireGroup(access, groupId);
  const read = async (admin: Admin): Promise<KeptOffset[]> => {
    const ask = (): ReturnType<Admin["fetchOffsets"]> => admin.fetchOffsets({ groupId, topics: [topic] });
    const [kept] = await needing(`Read on group ${groupId}`, () => whenSteady(ask));
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
    const noMember = { groupGenerationId: -1, memberId: "" };
    const commit = { groupId, ...noMember, topics: [{ topic, partitions }] };
    await needing(`Read on group ${groupId}`, () => coordinator.offsetCommit(commit));
  } finally {
    await closeCluster(cluster);
  }
}
