import { expect, it } from "vitest";
import { topicsOf } from "../../pipeline/model/index.js";

it("several telescopes have separate topics on one cluster", () => {
  expect(topicsOf("minidt")).toEqual({ rawTopic: "data_raw", cleanTopic: "data_clean" });
  expect(topicsOf("padova-2")).toEqual({ rawTopic: "padova-2.data_raw", cleanTopic: "padova-2.data_clean" });
});
