import { expect, it } from "vitest";
import { newClusterId } from "../../runners/services/kafka.js";

it("the id of a Kafka cluster never looks like an option", () => {
  expect(newClusterId(Buffer.alloc(16, 0xfb))).toMatch(/^A[\w-]{21}$/);
  expect(newClusterId()).not.toBe(newClusterId());
});
