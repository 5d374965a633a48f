/**
 * Archives of the classes that a JVM loads (class data sharing, JEP 310): with one, a service needs half of the CPU
 * time for its start. A JVM without an archive records its classes; a minute after its start, a process with low
 * priority makes the archive, and later runs use it.
 */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import {
  closeSync,
  existsSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { constants, setPriority } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { atExit, makePrivateFolder } from "../process/index.js";

interface ArchivePlace {
  java: string;
  /** A JVM uses an archive only with the class path for which it was made. */
  classPath: readonly string[];
  /** Folder of the archives. */
  archives: string;
}

/** The JVM ignores an archive that does not fit, and would report this among the service's own lines. */
const quiet = "-Xlog:cds*=off";
/** By then the system runs, and its start is not slowed down. */
const laterMs = 60_000;
/** Making an archive takes less than a minute; a draft of this age is left over from a process that was killed. */
const abandonedMs = 600_000;
/** Signals that end the process without a fault of its own. */
const stops: readonly (NodeJS.Signals | null)[] = ["SIGKILL", "SIGINT", "SIGTERM", "SIGHUP"];

export class ClassArchive {
  private static making = Promise.resolve();
  private readonly archive: string;
  /** Names of the classes that go into the archive. */
  private readonly classes: string;

  /**
   * @param mainClass main class whose archive it is; other main classes of the same jars can use it too
   * @param recorded path at which a JVM records its classes; no other process may use it
   */
  private constructor(
    mainClass: string,
    private readonly place: ArchivePlace,
    private readonly recorded: string,
  ) {
    const hash = createHash("sha256").update(JSON.stringify([versionOf(place.java), place.classPath]));
    const path = join(place.archives, `${mainClass}-${hash.digest("hex").slice(0, 12)}`);
    this.archive = `${path}.jsa`;
    this.classes = `${path}.classes`;
  }

  /** Undefined in a read-only installation, such as a container, where each service would make its own archive. */
  static of(
    mainClass: string,
    { archives, ...place }: Omit<ArchivePlace, "archives"> & { archives: string | null },
    recorded: string,
  ): ClassArchive | undefined {
    return archives === null ? undefined : new ClassArchive(mainClass, { ...place, archives }, recorded);
  }

  /** Flags of a JVM that uses the archive, if it exists and is intact: the JVM would crash on a damaged one. */
  get useFlags(): string[] {
    if (sizeOf(this.archive) === 0) return [];
    return [quiet, `-XX:SharedArchiveFile=${this.archive}`, "-XX:+VerifySharedSpaces"];
  }

  /** Flags of a JVM that uses the archive, or else records its classes. */
  get flags(): string[] {
    if (existsSync(this.archive)) return this.useFlags;
    return existsSync(this.classes) ? [] : [quiet, `-XX:DumpLoadedClassList=${this.recorded}`];
  }

  /** Keeps the record of a JVM. Needed only for a service that ends within a minute. */
  keepRecord(): void {
    if (existsSync(this.classes) || !existsSync(this.recorded)) return;
    attempt(() => {
      // The last line may be incomplete. Lambdas (@) crash Java 17 when it makes the archive.
      const lines = readFileSync(this.recorded, "utf8").split("\n").slice(0, -1);
      const classes = lines.filter((line) => !line.startsWith("@"));
      rmSync(this.recorded);
      makePrivateFolder(this.place.archives);
      const draft = `${this.classes}.${process.pid}`;
      writeFileSync(draft, classes.map((name) => `${name}\n`).join(""), { mode: 0o600 });
      renameSync(draft, this.classes);
    });
  }

  /** Makes the archive after a minute, if this process still runs then. */
  makeLater(): void {
    if (!existsSync(this.archive)) setTimeout(() => void this.make(), laterMs).unref();
  }

  /**
   * Makes the archive if only its classes are known, after those that this process is making already. Resolves when
   * this has ended, also without success.
   */
  make(): Promise<void> {
    const made = ClassArchive.making.then(() => this.makeNow());
    return (ClassArchive.making = made.catch(() => undefined));
  }

  private async makeNow(): Promise<void> {
    this.keepRecord();
    if (existsSync(this.archive) || !existsSync(this.classes)) return;
    const draft = `${this.archive}.draft`;
    // Its creation is the lock: two systems may start at the same time.
    if (ageOf(draft) > abandonedMs) rmSync(draft, { force: true });
    if (!attempt(() => closeSync(openSync(draft, "wx", 0o600)))) return;
    const { java, classPath } = this.place;
    const flags = [
      ...[`-XX:SharedClassListFile=${this.classes}`, `-XX:SharedArchiveFile=${draft}`],
      // A crash leaves nothing behind.
      ...["-XX:-CreateCoredumpOnCrash", "-XX:ErrorFile=/dev/null"],
    ];
    const child = spawn(java, ["-Xshare:dump", ...flags, "-cp", classPath.join(delimiter)], {
      stdio: "ignore",
    });
    const forget = atExit(() => {
      child.kill("SIGKILL");
      rmSync(draft, { force: true });
    });
    // The system must not wait for it.
    child.unref();
    await new Promise<void>((resolve) => {
      child.once("error", () => resolve());
      child.once("spawn", () => {
        attempt(() => setPriority(child.pid as number, constants.priority.PRIORITY_LOW));
      });
      child.once("exit", (code, signal) => {
        const isMade = code === 0 && sizeOf(draft) > 0;
        if (isMade) attempt(() => renameSync(draft, this.archive));
        // This Java cannot make it: an empty file prevents further attempts.
        else if (!stops.includes(signal)) attempt(() => writeFileSync(this.archive, ""));
        resolve();
      });
    });
    forget();
    rmSync(draft, { force: true });
  }
}

/** Identifies a Java of this machine; an update changes the result. */
function versionOf(java: string): string {
  const program = realpathSync(java);
  const modules = statSync(join(dirname(program), "..", "lib", "modules"), { throwIfNoEntry: false });
  return `${program} ${modules?.size} ${modules?.mtimeMs}`;
}

/** Ignores errors: without an archive, a start is only slower. @returns whether the action succeeded */
function attempt(action: () => void): boolean {
  try {
    action();
    return true;
  } catch {
    return false;
  }
}

function sizeOf(path: string): number {
  return existsSync(path) ? statSync(path).size : 0;
}

function ageOf(path: string): number {
  return Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
}
