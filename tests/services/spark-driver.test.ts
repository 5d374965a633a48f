import { networkInterfaces } from "node:os";
import { expect, it } from "vitest";
import { driverSettings } from "../../runners/services/spark.js";

const at = (address: string): object => ({
  "spark.driver.host": address,
  "spark.driver.bindAddress": address,
});
const outer = Object.values(networkInterfaces())
  .flatMap((addresses) => addresses ?? [])
  .filter(({ family, internal }) => family === "IPv4" && !internal)
  .map(({ address }) => address);

it.each([
  "local[2,4]",
  "local[*]",
  "spark://127.0.0.1:7077",
  "spark://localhost:7077",
  "spark://127.0.1.1:7077",
])("a driver for %s listens only on the loopback interface", async (master) =>
  expect(await driverSettings(master)).toEqual(at("127.0.0.1")),
);

it.skipIf(outer.length === 0)(
  "a driver for a cluster on other machines listens on an address that they can reach",
  async () => {
    for (const address of outer) {
      expect(await driverSettings(`spark://${address}:7077`)).toEqual(at(address));
      expect(await driverSettings(`spark://${address}:7077,other:7077`)).toEqual(at(address));
    }
  },
);

it("an unreachable master gives one error with its address", async () => {
  const master = "spark://nowhere.invalid:7077";
  await expect(driverSettings(master)).rejects.toThrow(
    /^spark:\/\/nowhere\.invalid:7077 cannot be reached: [^\n]+$/,
  );
});
