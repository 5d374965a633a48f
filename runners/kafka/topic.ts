/** What must be known of a topic before it is written to. */
import { MuonitorError } from "../../pipeline/model/index.js";
import { createKafka, type KafkaAccess } from "./access.js";
import { connectFailure } from "./connect-failure.js";

/** Number of partitions. @throws MuonitorError when there is no such topic, with those that there are */
export async function partitionsOf(access: KafkaAccess, topic: string): Promise<number> {
  const admin = createKafka(access, "muonitor-admin", { retry: { retries: 3 } }).admin();
  try {
    const names = await admin
      .connect()
      .then(() => admin.listTopics())
      .catch((cause: unknown) => {
        throw connectFailure(cause, access.bootstrapServers);
      });
    if (!names.includes(topic)) throw new MuonitorError(missingText(access, topic, names));
    const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
    return topics[0]?.partitions.length ?? 0;
  } finally {
    await admin.disconnect().catch(() => undefined);
  }
}

function missingText({ bootstrapServers }: KafkaAccess, topic: string, names: readonly string[]): string {
  const own = names.filter((name) => !name.startsWith("__")).sort();
  const there = own.length === 0 ? "there is none" : `there are ${own.join(", ")}`;
  const start = `muonitor up --runner flink --bootstrap-servers ${bootstrapServers}`;
  return `no topic ${topic} at ${bootstrapServers} (${there}): ${start} makes it`;
}
