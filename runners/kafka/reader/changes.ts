/** Describes changes of a topic during reading. */

export interface TopicChange {
  /**
   * recreated: another topic has the name; cut: the topic ends before the read position; removed: records were
   * deleted before they were read.
   */
  kind: "recreated" | "cut" | "removed";
  topic: string;
  /** By Date.now(). */
  atMs: number;
  /** Number of records known to have been missed. */
  unread: bigint;
}

const whatHappened = {
  recreated: "was deleted and created again",
  cut: "lost its newest records",
  removed: "lost its oldest records",
};

export function changeText({ kind, topic, atMs, unread }: TopicChange): string {
  const time = new Date(atMs).toISOString().slice(11, 19);
  const lost = unread === 0n ? "" : `; ${unread} records were deleted before they were read`;
  return `topic ${topic} ${whatHappened[kind]} at about ${time} UTC${lost}`;
}
