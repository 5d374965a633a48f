/** Requests that a cluster cannot answer yet just after its start. */
import kafkajs, { type Admin } from "kafkajs";
import { expect, it } from "vitest";
import { createTopics, missingTopics, topicSettings, whenSteady } from "../../runners/kafka/admin.js";

const failures = {
  "a coordinator that is not elected yet": Object.assign(new Error("not found"), {
    name: "KafkaJSGroupCoordinatorNotFound",
    retriable: false,
  }),
  "a topic that has no leader yet": new kafkajs.KafkaJSProtocolError("no leader"),
};

it.each(Object.entries(failures))("a request is repeated after the failure: %s", async (_, failure) => {
  let asked = 0;
  const answer = await whenSteady(() => {
    asked += 1;
    return asked < 3 ? Promise.reject(failure) : Promise.resolve("answer");
  });
  expect([answer, asked]).toEqual(["answer", 3]);
});

it("a request is not repeated after a permanent failure", async () => {
  let asked = 0;
  const failure = new kafkajs.KafkaJSNonRetriableError("wrong for good");
  const asking = whenSteady(() => {
    asked += 1;
    return Promise.reject(failure);
  });
  await expect(asking).rejects.toBe(failure);
  expect(asked).toBe(1);
});

it("a topic is created once, even if its broker does not know it yet", async () => {
  const created: unknown[] = [];
  let asked = 0;
  const admin = {
    createTopics: (request: unknown) => Promise.resolve(created.push(request) > 0),
    fetchTopicMetadata: () => {
      asked += 1;
      if (asked < 3) return Promise.reject(new kafkajs.KafkaJSProtocolError("unknown topic"));
      return Promise.resolve({ topics: [] });
    },
  } as unknown as Admin;
  await createTopics(admin, [{ topic: "new" }]);
  expect(created).toEqual([{ waitForLeaders: false, topics: [{ topic: "new" }] }]);
  expect(asked).toBe(3);
});

it("a request for settings of a topic is repeated if the broker does not know the topic yet", async () => {
  let asked = 0;
  const admin = {
    describeConfigs: () => {
      asked += 1;
      if (asked < 3) return Promise.reject(new kafkajs.KafkaJSProtocolError("unknown topic"));
      return Promise.resolve({ resources: [{ configEntries: [{ configName: "a", configValue: "1" }] }] });
    },
  } as unknown as Admin;
  expect(await topicSettings(admin, "new")).toEqual([{ configName: "a", configValue: "1" }]);
  expect(asked).toBe(3);
});

it("a topic is not reported as missing if one broker does not list it yet", async () => {
  const answers = [["old"], ["old", "new"]];
  const admin = { listTopics: () => Promise.resolve(answers.shift() ?? []) };
  expect(await missingTopics(admin, ["old", "new"])).toEqual([]);
});
