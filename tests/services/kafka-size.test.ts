/** The reported size of a Kafka, from folders in a broker's layout. */
import { mkdirSync, truncateSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { KafkaSize } from "../../runners/services/kafka-size.js";
import { polling } from "../helpers/polling.js";
import { scratchFolder } from "../helpers/scratch.js";

const scratch = scratchFolder();
const megabyte = 1e6;

function watch(name: string): { size: KafkaSize; folder: string; lines: string[] } {
  const folder = scratch.folder(name);
  const lines: string[] = [];
  const log = (line: string): void => void lines.push(line);
  const size = new KafkaSize({
    bootstrapServers: "127.0.0.1:1",
    dataFolder: folder,
    maxBytes: 200 * megabyte,
    log,
    everyMs: 5,
  });
  onTestFinished(() => size.close());
  return { size, folder, lines };
}

function segment(folder: string, partition: string, base: number, bytes: number, ageMs = 0): void {
  mkdirSync(join(folder, partition), { recursive: true });
  const file = join(folder, partition, `${String(base).padStart(20, "0")}.log`);
  writeFileSync(file, "");
  truncateSync(file, bytes);
  const seconds = (Date.now() - ageMs) / 1000;
  utimesSync(file, seconds, seconds);
}

it("the size is not reported while all records are kept", async () => {
  const { size, folder, lines } = watch("small");
  segment(folder, "data_raw-0", 0, 20 * megabyte);
  segment(folder, "__consumer_offsets-0", 0, 500 * megabyte);
  await expect.poll(() => size.bytes, polling).toBe(20 * megabyte);
  expect([size.notice, lines]).toEqual([null, []]);
});

it("the size is reported once when it is near the limit, with the option that changes the limit", async () => {
  const { size, folder, lines } = watch("near");
  segment(folder, "data_raw-0", 0, 170 * megabyte);
  const text = "Kafka holds 170 MB: at the limit of 200 MB (--kafka-mb) it drops the oldest records";
  await expect.poll(() => size.notice, polling).toBe(text);
  segment(folder, "data_raw-0", 9, megabyte);
  await expect.poll(() => size.bytes, polling).toBe(171 * megabyte);
  expect(lines).toEqual([text]);
});

it("topics whose records are dropped by size before age are reported with their retention time", async () => {
  const { size, folder } = watch("cut");
  segment(folder, "data_clean-0", 0, megabyte);
  segment(folder, "data_raw-0", 4000, megabyte, 5 * 3_600_000);
  segment(folder, "data_raw-1", 4100, megabyte, 3 * 3_600_000);
  const text =
    "Kafka keeps data_raw for 5 hours only: the limit of 200 MB (--kafka-mb) is reached before 7 days";
  await expect.poll(() => size.notice, polling).toBe(text);
});

it("records dropped by age are not reported", async () => {
  const { size, folder } = watch("old");
  segment(folder, "data_clean-0", 4000, megabyte, 7 * 24 * 3_600_000);
  await expect.poll(() => size.bytes, polling).toBe(megabyte);
  expect(size.notice).toBeNull();
});
