/** A client for administering a Kafka cluster. */
// kafkajs is a CommonJS module of which Node sees no named exports.
import kafkajs, { type Admin } from "kafkajs";
import { createKafka, type KafkaAccess } from "../kafka/access.js";
import { connectFailure } from "../kafka/connect-failure.js";

export const { ConfigResourceTypes } = kafkajs;

export interface AdminOptions extends KafkaAccess {
  /** How long one request may take. */
  timeoutMs?: number;
  retries?: number;
}

/** Does some work with an administrator's connection. */
export async function withAdmin<T>(options: AdminOptions, work: (admin: Admin) => Promise<T>): Promise<T> {
  const { bootstrapServers, timeoutMs = 5000, retries = 5 } = options;
  const kafka = createKafka(options, "muonitor-admin", {
    connectionTimeout: timeoutMs,
    requestTimeout: timeoutMs,
    retry: { retries },
  });
  const admin = kafka.admin();
  try {
    await admin.connect().catch((cause: unknown) => {
      throw connectFailure(cause, bootstrapServers);
    });
    return await work(admin);
  } finally {
    await admin.disconnect().catch(() => undefined);
  }
}
