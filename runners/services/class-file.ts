/** The constant pool of a Java class file (JVM specification, 4.4). */

/** Class, name and descriptor of a method. */
export type ConstantReference = readonly [className: string, name: string, descriptor: string];

const poolStart = 10;
const utf8 = 1;
const classRef = 7;
const methodRef = 10;
const nameAndType = 12;
/** Bytes of each constant after its tag, except text. */
const sizes: Readonly<Record<number, number>> = {
  3: 4,
  4: 4,
  5: 8,
  6: 8,
  [classRef]: 2,
  8: 2,
  9: 4,
  [methodRef]: 4,
  11: 4,
  [nameAndType]: 4,
  15: 3,
  16: 2,
  17: 4,
  18: 4,
  19: 2,
  20: 2,
};
/** 64-bit numbers take two indices. */
const isWide = (tag: number): boolean => tag === 5 || tag === 6;

export class ConstantPool {
  /** Everything after the pool. */
  readonly rest: Buffer;
  private readonly head: Buffer;
  /** Index of each constant by its bytes, including the tag. */
  private readonly indices = new Map<string, number>();
  private readonly added: Buffer[] = [];
  private count: number;

  constructor(classFile: Buffer) {
    this.count = classFile.readUInt16BE(poolStart - 2);
    let at = poolStart;
    for (let index = 1; index < this.count; index++) {
      const tag = classFile.readUInt8(at);
      const size = tag === utf8 ? 2 + classFile.readUInt16BE(at + 1) : sizes[tag];
      if (size === undefined) throw new Error(`constant ${index} has the unknown tag ${tag}`);
      const key = keyOf(classFile.subarray(at, at + 1 + size));
      if (!this.indices.has(key)) this.indices.set(key, index);
      if (isWide(tag)) index++;
      at += 1 + size;
    }
    this.head = classFile.subarray(0, at);
    this.rest = classFile.subarray(at);
  }

  /** @throws Error when the class does not reference this class */
  classIndex(name: string): number {
    return this.known(constant(classRef, this.known(text(name))));
  }

  /** @throws Error when the class does not reference this method */
  methodIndex([className, name, descriptor]: ConstantReference): number {
    const signature = this.known(constant(nameAndType, this.known(text(name)), this.known(text(descriptor))));
    return this.known(constant(methodRef, this.classIndex(className), signature));
  }

  /** Index of a method; added if the class does not reference it yet. */
  addMethod([className, name, descriptor]: ConstantReference): number {
    const owner = this.add(constant(classRef, this.add(text(className))));
    const signature = this.add(constant(nameAndType, this.add(text(name)), this.add(text(descriptor))));
    return this.add(constant(methodRef, owner, signature));
  }

  /** The class file with the added constants and a new rest. */
  withRest(rest: Buffer): Buffer {
    const head = Buffer.from(this.head);
    head.writeUInt16BE(this.count, poolStart - 2);
    return Buffer.concat([head, ...this.added, rest]);
  }

  private known(bytes: Buffer): number {
    const index = this.indices.get(keyOf(bytes));
    if (index === undefined) throw new Error("a constant is not in the class file");
    return index;
  }

  private add(bytes: Buffer): number {
    const key = keyOf(bytes);
    const index = this.indices.get(key) ?? this.count;
    if (index === this.count) {
      this.indices.set(key, index);
      this.added.push(bytes);
      this.count++;
    }
    return index;
  }
}

const keyOf = (bytes: Buffer): string => bytes.toString("latin1");

function constant(tag: number, ...indices: number[]): Buffer {
  return Buffer.from([tag, ...indices.flatMap((index) => [index >> 8, index & 0xff])]);
}

/** Names of classes and methods are ASCII, for which Java's modified UTF-8 equals UTF-8. */
function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([constant(utf8, bytes.length), bytes]);
}
