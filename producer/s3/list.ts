/**
 * Lists the objects under a prefix, page by page. While the server reports more objects, the next page is requested by its
 * token, otherwise by the last key, otherwise by the marker of the older interface. It is an error if none of them works.
 */
import type * as Sdk from "@aws-sdk/client-s3";
import { MuonitorError } from "../../pipeline/model/index.js";

/** Ways to request the next page. */
type Way = "token" | "after" | "marker";

/** Start of a page. */
export interface PageStart {
  way: Way;
  /** Token, or the last key so far. */
  from: string;
}

/** Requests one page; the first page has no start. */
export type AskPage = (start: PageStart | null) => Promise<Sdk.ListObjectsV2CommandOutput>;

type Entry = Sdk._Object & { Key: string; Size: number };

const ways: readonly Way[] = ["token", "after", "marker"];
const maxEmptyPages = 100;

/**
 * All entries of a list, in byte order of their keys.
 * @param where the server, for messages
 * @throws MuonitorError for an incomplete list, or a list with another prefix
 */
export async function listAll(ask: AskPage, prefix: string, where: string): Promise<Entry[]> {
  const list = new List();
  const tokens = new Set<string>([""]);
  let start: PageStart | null = null;
  for (let emptyPages = 0; ;) {
    const page: Sdk.ListObjectsV2CommandOutput = await ask(start);
    const found = entriesOf(page, prefix, where);
    const isNew = list.add(found);
    if (!saysMore(page) && (isNew || found.length === 0)) return list.sorted();
    list.isTruncated ||= page.IsTruncated !== false;
    emptyPages = found.length === 0 ? emptyPages + 1 : 0;
    const isStuck: boolean = found.length === 0 ? !mayBeEmpty(start, emptyPages) : !isNew;
    const token = page.NextContinuationToken ?? "";
    const next: PageStart | null =
      isStuck || tokens.has(token) ? list.nextStart(start, isStuck) : { way: "token", from: token };
    if (next === null && !list.isTruncated) return list.sorted();
    if (next === null)
      throw new MuonitorError(
        `${where} returned a truncated list of ${list.size} objects that cannot be continued`,
      );
    tokens.add(token);
    start = next;
  }
}

/** Some servers return empty pages in a list that continues with tokens. */
function mayBeEmpty(start: PageStart | null, emptyPages: number): boolean {
  return (start === null || start.way === "token") && emptyPages <= maxEmptyPages;
}

class List {
  /** Whether the server has reported that the list is truncated. */
  isTruncated = false;
  private readonly entries = new Map<string, Entry>();
  private isAscending = true;
  private last: Buffer = Buffer.alloc(0);

  get size(): number {
    return this.entries.size;
  }

  /** Adds entries. @returns whether any of their keys is new */
  add(found: readonly Entry[]): boolean {
    const before = this.size;
    for (const entry of found) {
      if (this.entries.has(entry.Key)) continue;
      const key = Buffer.from(entry.Key);
      if (Buffer.compare(key, this.last) < 0) this.isAscending = false;
      else this.last = key;
      this.entries.set(entry.Key, entry);
    }
    return this.size > before;
  }

  /** How to continue without a token; null if all ways have been tried, or the list is not sorted. */
  nextStart(start: PageStart | null, isStuck: boolean): PageStart | null {
    const now = start?.way ?? "token";
    const way = now === "token" || isStuck ? ways[ways.indexOf(now) + 1] : now;
    if (way === undefined || !this.isAscending || this.size === 0) return null;
    return { way, from: this.last.toString() };
  }

  sorted(): Entry[] {
    return [...this.entries.values()].sort((a, b) => Buffer.compare(Buffer.from(a.Key), Buffer.from(b.Key)));
  }
}

/** A token also indicates truncation, because some servers do not report it. */
function saysMore({
  IsTruncated,
  NextContinuationToken,
  Contents = [],
}: Sdk.ListObjectsV2CommandOutput): boolean {
  const hasToken = (NextContinuationToken ?? "") !== "";
  return IsTruncated === undefined ? hasToken || Contents.length > 0 : IsTruncated || hasToken;
}

function entriesOf(
  { Contents = [], EncodingType }: Sdk.ListObjectsV2CommandOutput,
  prefix: string,
  where: string,
): Entry[] {
  return Contents.map((entry) => {
    const { Key: given, Size: size } = entry;
    const key = EncodingType === "url" ? decoded(given) : given;
    if (key === undefined || size === undefined)
      throw new MuonitorError(`${where} returned a list of objects without some keys or sizes`);
    if (!key.startsWith(prefix))
      throw new MuonitorError(
        `${where} returned a list of other objects than requested: "${key}" does not begin with "${prefix}"`,
      );
    return { ...entry, Key: key, Size: size };
  });
}

function decoded(key: string | undefined): string | undefined {
  try {
    return key === undefined ? undefined : decodeURIComponent(key.replaceAll("+", " "));
  } catch {
    return undefined;
  }
}
