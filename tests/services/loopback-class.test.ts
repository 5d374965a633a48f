/** The class that binds Beam's servers to the loopback interface, derived from a class that binds to all interfaces. */
import { deflateRawSync } from "node:zlib";
import { readdirSync, statSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { expect, it } from "vitest";
import { ConstantPool } from "../../runners/services/class-file.js";
import { bindToLoopback, readZipEntry, writeLoopbackJar } from "../../runners/services/loopback-class.js";
import { temporaryState } from "./with-java.js";

const u2 = (value: number): number[] => [value >> 8, value & 0xff];
const u4 = (value: number): number[] => [...u2(value >>> 16), ...u2(value & 0xffff)];
const text = (value: string): number[] => [1, ...u2(value.length), ...Buffer.from(value)];

const constants = [
  text("java/net/InetSocketAddress"), // 1
  [7, ...u2(1)], // 2, the class
  text("<init>"), // 3
  text("(I)V"), // 4
  [12, ...u2(3), ...u2(4)], // 5
  [10, ...u2(2), ...u2(5)], // 6, its constructor by port
  [5, ...u4(1), ...u4(2)], // 7 and 8, a number of 64 bits
  text("Code"), // 9
];
const newByPort = [0xbb, ...u2(2), 0x59, 0x1a, 0xb7, ...u2(6)];
const areturn = 0xb0;
/** Code attribute with a line-number table, as written by a compiler. @param stack maximum number of operands */
const method = (stack: number, code: number[]): number[] => {
  const lines = [...u2(9), ...u4(2), ...u2(0)];
  const content = [...u2(stack), ...u2(1), ...u4(code.length), ...code, ...u2(0), ...u2(1), ...lines];
  return [...u2(9), ...u4(content.length), ...content];
};
const original = Buffer.from([
  ...[0xca, 0xfe, 0xba, 0xbe, 0, 0, 0, 52],
  ...u2(10),
  ...constants.flat(),
  ...method(3, [...newByPort, areturn]),
  ...[1, 2, 3],
]);

it("the constructor gets the loopback address, and everything else is unchanged", () => {
  const pool = new ConstantPool(bindToLoopback(original));
  const loopback = pool.methodIndex([
    "java/net/InetAddress",
    "getLoopbackAddress",
    "()Ljava/net/InetAddress;",
  ]);
  const byBoth = pool.methodIndex(["java/net/InetSocketAddress", "<init>", "(Ljava/net/InetAddress;I)V"]);
  const code = [0xbb, ...u2(2), 0x59, 0xb8, ...u2(loopback), 0x1a, 0xb7, ...u2(byBoth), areturn];
  const content = [...u2(4), ...u2(1), ...u4(code.length), ...code, ...u2(0), ...u2(0)];
  expect([...pool.rest]).toEqual([...u2(9), ...u4(content.length), ...content, 1, 2, 3]);
});

it("a class that does not bind as expected is refused", () => {
  expect(() => bindToLoopback(bindToLoopback(original))).toThrow("does not bind to a port as expected");
});

it("the class is found in the jar of Beam's gRPC, and a jar with the new class is written once", () => {
  const [jars, folder] = [temporaryState(), temporaryState()];
  const name = "org/example/v1/io/grpc/netty/NettyServerBuilder.class";
  writeFileSync(
    join(jars, "beam-vendor-grpc-1_60_1-0.3.jar"),
    zipOf({ "META-INF/MANIFEST.MF": Buffer.from("x"), [name]: original }),
  );
  const path = writeLoopbackJar(jars, folder) ?? "";
  expect(readZipEntry(path, name)).toEqual({ name, content: bindToLoopback(original) });
  const { mtimeMs } = statSync(path);
  expect(writeLoopbackJar(jars, folder)).toBe(path);
  expect([statSync(path).mtimeMs, readdirSync(folder)]).toEqual([mtimeMs, [basename(path)]]);
  const jar = join(jars, "beam-vendor-grpc-1_60_1-0.3.jar");
  expect(readZipEntry(jar, "MANIFEST.MF")?.content.toString()).toBe("x");
  expect(readZipEntry(jar, "absent")).toBeNull();
});

it("nothing is written for jars without Beam", () => {
  const [jars, folder] = [temporaryState(), temporaryState()];
  expect(writeLoopbackJar(jars, folder)).toBeNull();
  expect(readdirSync(folder)).toEqual([]);
});

/** A zip archive with deflated entries. */
function zipOf(files: Record<string, Buffer>): Buffer {
  const [locals, directory]: [Buffer[], Buffer[]] = [[], []];
  let offset = 0;
  for (const [name, content] of Object.entries(files)) {
    const packed = deflateRawSync(content);
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50, 0);
    local.writeUInt16LE(name.length, 26);
    const entry = Buffer.alloc(46);
    entry.writeUInt32LE(0x02014b50, 0);
    entry.writeUInt16LE(8, 10);
    entry.writeUInt32LE(packed.length, 20);
    entry.writeUInt16LE(name.length, 28);
    entry.writeUInt32LE(offset, 42);
    locals.push(local, Buffer.from(name), packed);
    directory.push(entry, Buffer.from(name));
    offset += local.length + name.length + packed.length;
  }
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...locals, ...directory, end]);
}
