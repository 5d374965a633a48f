/** A client for administering a Kafka cluster. */
// kafkajs is a CommonJS module of which Node sees no named exports.
import kafkajs, { type Admin } from "kafkajs";
import { UnavailableError } from "../../pipeline/model/index.js";

export const { ConfigResourceTypes } = kafkajs;

export interface AdminOptions {
  bootstrapServers: string;
  /** How long one request may take. */
  timeoutMs?: number;
  retries?: number;
}

/** Does some work with an administrator's connection. */
export async function withAdmin<T>(options: AdminOptions, work: (admin: Admin) => Promise<T>): Promise<T> {
  const { bootstrapServers, timeoutMs = 5000, retries = 5 } = options;
  const kafka = new kafkajs.Kafka({
    clientId: "muonitor-admin",
    brokers: bootstrapServers.split(","),
    // What goes wrong is told by who calls.
    logLevel: kafkajs.logLevel.NOTHING,
    connectionTimeout: timeoutMs,
    requestTimeout: timeoutMs,
    retry: { retries },
  });
  const admin = kafka.admin();
  try {
    await admin.connect().catch((cause: unknown) => {
      throw new UnavailableError(`no Kafka broker answers at ${bootstrapServers}`, { cause });
    });
    return await work(admin);
  } finally {
    await admin.disconnect().catch(() => undefined);
  }
}
