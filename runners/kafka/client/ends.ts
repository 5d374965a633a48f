/**
 * Where partitions end. By default kafkajs reports where the first open transaction begins, and takes that for the end:
 * what lies behind it, of whatever producer, would be left out silently.
 */
import type { Kafka } from "kafkajs";
import { clusterMaker } from "./cluster.js";

const readUncommitted = 0;

/** Makes the administrators of a client report where partitions really end; consumers name their own level. */
export function tellWholeEnds(kafka: Kafka): Kafka {
  const maker = clusterMaker(kafka);
  const make = maker.get();
  maker.set((options) => make({ isolationLevel: readUncommitted, ...options }));
  return kafka;
}
