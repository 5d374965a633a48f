/**
 * Where partitions end. Of itself kafkajs tells where the first open transaction begins, and takes that for the end: what
 * lies behind it, of whatever producer, would be left out without a word.
 */
import type { Kafka } from "kafkajs";

type ClusterMaker = (options: { isolationLevel?: number }) => unknown;

const readUncommitted = 0;

/** Makes the administrators of a client tell where partitions really end; consumers name their own level. */
export function tellWholeEnds(kafka: Kafka): Kafka {
  const client = kafka as unknown as Record<symbol, ClusterMaker>;
  const key = Object.getOwnPropertySymbols(kafka).find(
    ({ description }) => description === "private:Kafka:createCluster",
  );
  const make = key === undefined ? undefined : client[key];
  if (key === undefined || make === undefined)
    throw new Error("this kafkajs makes its clusters in another way");
  client[key] = (options) => make({ isolationLevel: readUncommitted, ...options });
  return kafka;
}
