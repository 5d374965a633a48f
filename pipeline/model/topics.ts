/** Names of the topics. Several telescopes share a cluster by a prefix. */

export const defaultRawTopic = "data_raw";
export const defaultCleanTopic = "data_clean";

/** The Kafka key of a message on `data_clean`: the stream's name and the window start. */
export function cleanKey(stream: string, windowStartMs: number): string {
  return `${stream}:${windowStartMs}`;
}
