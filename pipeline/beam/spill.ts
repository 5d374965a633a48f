/**
 * Partial results that exceed memory are written to a temporary file; the pipeline then passes references to them. Every
 * reference contains its file's path, so that a worker needs only the element.
 */
import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { fileErrorReason, FormatError, MuonitorError } from "../model/index.js";
import { bytesInMemory, ByteReader, ByteWriter, type ByteSource } from "../steps/index.js";

/** First byte of a reference; a partial result starts with its version, a small number. */
const referenceMark = 0xff;

/** Files open for reading, by path. */
const openFiles = new Map<string, number>();

/** Appended bytes are buffered up to this size. */
const bufferBytes = 1 << 20;

/** A temporary file to which partial results are appended. */
export class SpillFile {
  private readonly folder: string;
  readonly path: string;
  private readonly file: number;
  length = 0;
  private readonly buffer = new Uint8Array(bufferBytes);
  private buffered = 0;

  /**
   * @param parent folder for the temporary folder
   * @throws MuonitorError when it is not writable, as does {@link append}
   */
  constructor(private readonly parent: string) {
    this.folder = this.wrapFsError(() => mkdtempSync(join(parent, "muonitor-spill-")));
    this.path = join(this.folder, "partials");
    this.file = this.wrapFsError(() => openSync(this.path, "w+", 0o600));
    openFiles.set(this.path, this.file);
  }

  private wrapFsError<T>(work: () => T): T {
    try {
      return work();
    } catch (cause) {
      throw new MuonitorError(
        `temporary file in ${this.parent}: cannot be written: ${fileErrorReason(cause)}`,
        { cause },
      );
    }
  }

  /** Appends bytes; returns their offset. */
  append(bytes: Uint8Array): number {
    const offset = this.length;
    if (this.buffered + bytes.length > bufferBytes) this.flush();
    if (bytes.length > bufferBytes) this.write(bytes, offset);
    else {
      this.buffer.set(bytes, this.buffered);
      this.buffered += bytes.length;
    }
    this.length += bytes.length;
    return offset;
  }

  private flush(): void {
    this.write(this.buffer.subarray(0, this.buffered), this.length - this.buffered);
    this.buffered = 0;
  }

  private write(bytes: Uint8Array, offset: number): void {
    for (let written = 0; written < bytes.length;) {
      written += writeSync(this.file, bytes, written, bytes.length - written, offset + written);
    }
  }

  /** A reference to appended bytes, readable immediately. */
  referenceTo(offset: number, length: number): Uint8Array {
    this.flush();
    return this.laterReferenceTo(offset, length);
  }

  /** A reference to appended bytes, readable once the file is complete. */
  laterReferenceTo(offset: number, length: number): Uint8Array {
    const writer = new ByteWriter(this.path.length + 32);
    writer.raw(Uint8Array.of(referenceMark));
    writer.text(this.path);
    writer.varint(offset);
    writer.varint(length);
    return writer.view();
  }

  /** Finishes writing; afterwards every process can read the file. */
  complete(): void {
    this.flush();
    openFiles.delete(this.path);
    closeSync(this.file);
  }

  /** Removes the file and invalidates references to it. */
  remove(): void {
    openFiles.delete(this.path);
    closeSync(this.file);
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Whether a partial result is a reference. */
export function isReference(element: Uint8Array): boolean {
  return element[0] === referenceMark;
}

/** The bytes of a partial result, direct or by reference. */
export function openPartial(element: Uint8Array): ByteSource {
  if (!isReference(element)) return bytesInMemory(element);
  const reader = new ByteReader(element, 1);
  const path = reader.text();
  return new FileSlice(fileOf(path), reader.varint(), reader.varint());
}

function fileOf(path: string): number {
  let file = openFiles.get(path);
  if (file === undefined) openFiles.set(path, (file = openSync(path, "r")));
  return file;
}

/** Slices up to this size are read at once and cached. */
const wholeBytes = 1 << 14;

class FileSlice implements ByteSource {
  private whole: Uint8Array | null = null;

  constructor(
    private readonly file: number,
    private readonly start: number,
    readonly length: number,
  ) {}

  read(offset: number, length: number): Uint8Array {
    if (this.length <= wholeBytes) {
      this.whole ??= this.readFile(0, this.length);
      return this.whole.subarray(offset, offset + length);
    }
    return this.readFile(offset, Math.min(length, this.length - offset));
  }

  private readFile(offset: number, length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    for (let read = 0; read < length;) {
      const count = readSync(this.file, bytes, read, length - read, this.start + offset + read);
      if (count === 0) throw new FormatError("a temporary file ends too early");
      read += count;
    }
    return bytes;
  }
}
