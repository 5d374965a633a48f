/** What a cluster that was just started cannot answer yet. */
import kafkajs from "kafkajs";
import { expect, it } from "vitest";
import { whenSteady } from "../../runners/kafka/admin.js";

const failures = {
  "a coordinator that is not chosen yet": Object.assign(new Error("not found"), {
    name: "KafkaJSGroupCoordinatorNotFound",
    retriable: false,
  }),
  "a topic that has no leader yet": new kafkajs.KafkaJSProtocolError("no leader"),
};

it.each(Object.entries(failures))("%s is asked again", async (_, failure) => {
  let asked = 0;
  const answer = await whenSteady(() => {
    asked += 1;
    return asked < 3 ? Promise.reject(failure) : Promise.resolve("answer");
  });
  expect([answer, asked]).toEqual(["answer", 3]);
});

it("what stays wrong is not", async () => {
  let asked = 0;
  const failure = new kafkajs.KafkaJSNonRetriableError("wrong for good");
  const asking = whenSteady(() => {
    asked += 1;
    return Promise.reject(failure);
  });
  await expect(asking).rejects.toBe(failure);
  expect(asked).toBe(1);
});
