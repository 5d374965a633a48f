/** Names of the topics. Telescopes that share a cluster have the name of their stream as prefix. */

/** Default name of the telescope. */
export const defaultStream = "minidt";
export const defaultRawTopic = "data_raw";
export const defaultCleanTopic = "data_clean";

interface StreamTopics {
  rawTopic: string;
  cleanTopic: string;
}

/** The topics of a stream. The default stream has no prefix, like the topics of the earlier systems. */
export function topicsOf(stream: string): StreamTopics {
  const prefix = stream === defaultStream ? "" : `${stream}.`;
  return { rawTopic: `${prefix}${defaultRawTopic}`, cleanTopic: `${prefix}${defaultCleanTopic}` };
}

/** The Kafka key of a message on `data_clean`: the stream's name and the window start. */
export function cleanKey(stream: string, windowStartMs: number): string {
  return `${stream}:${windowStartMs}`;
}
