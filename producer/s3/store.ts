/** A client of an S3 server: lists objects and reads them from any byte. */
import type * as Sdk from "@aws-sdk/client-s3";
import type { Readable } from "node:stream";
import { InputError } from "../../pipeline/model/index.js";
import type { S3Access } from "./access.js";
import { type S3Address, s3Url } from "./address.js";
import { refuseSilence } from "./audible.js";
import { clientConfig } from "./client-config.js";
import { changedReason, CutShort, explainS3Error, noS3Server, type S3Place } from "./errors.js";
import { type AskPage, listAll, type PageStart } from "./list.js";

export interface S3Object {
  bucket: string;
  key: string;
  /** Size in bytes. */
  size: number;
  /** The server's ETag without quotes; it identifies this version of the object. */
  etag: string;
  /** Time of creation, ms since the Unix epoch; null if the server does not report it. */
  modifiedMs: number | null;
}

/** Properties of an object that a list does not contain. */
interface S3Head {
  /** Whether its ETag is not a hash of its content. */
  encrypted: boolean;
  /** Size of its first part; null if it has no parts or the server does not report it. */
  firstPart: number | null;
  encoding: string;
}

interface OpenedObject {
  body: Readable;
  /** Bytes at the start of the body before the requested range. */
  skip: number;
  /** How the content is compressed: `gzip`, another name, or empty. */
  encoding: string;
}

/** Maximum number of attempts for a list that arrives incomplete. */
const listTries = 4;
/** Number of parts whose sizes are requested at the same time. */
const partsAtOnce = 16;

/** Creates a client; sends no request yet. @throws UsageError */
export async function openStore(access: S3Access): Promise<S3Store> {
  // Suppresses the SDK's warning on standard error about Node 20.
  process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] ??= "true";
  // Loaded only here, because loading takes 0.2 s and files do not need it.
  const sdk = await import("@aws-sdk/client-s3");
  return new S3Store(sdk, access);
}

export class S3Store {
  private readonly client: Sdk.S3Client;
  private readonly place: S3Place;

  /** Use {@link openStore}. */
  constructor(
    private readonly sdk: typeof Sdk,
    readonly access: S3Access,
  ) {
    const { endpoint, config } = clientConfig(access);
    this.place = { endpoint, access };
    this.client = new sdk.S3Client(config);
    refuseSilence(this.client, config.requestHandler.requestTimeout);
  }

  /** Objects whose keys begin with the prefix, in byte order of their keys, without empty folder markers. */
  async *list({ bucket, prefix }: S3Address, signal?: AbortSignal): AsyncGenerator<S3Object> {
    const ask: AskPage = (start) => this.listPage(bucket, prefix, start, signal);
    for (const { Key: key, Size: size, ETag: etag = "", LastModified } of await listAll(
      ask,
      prefix,
      this.where,
    )) {
      const modifiedMs = LastModified?.getTime() ?? null;
      if (!key.endsWith("/") || size > 0) yield { bucket, key, size, etag: unquoted(etag), modifiedMs };
    }
  }

  private async listPage(
    bucket: string,
    prefix: string,
    start: PageStart | null,
    signal: AbortSignal | undefined,
  ): Promise<Sdk.ListObjectsV2CommandOutput> {
    const { pageKeys } = this.access;
    const input = {
      Bucket: bucket,
      Prefix: prefix,
      ...(pageKeys === undefined ? {} : { MaxKeys: pageKeys }),
    };
    const ask = (): Promise<Sdk.ListObjectsV2CommandOutput> => {
      if (start?.way === "marker")
        return this.client.send(
          new this.sdk.ListObjectsCommand({ ...input, Marker: start.from }),
          optionsOf(signal),
        );
      const from =
        start === null
          ? {}
          : start.way === "token"
            ? { ContinuationToken: start.from }
            : { StartAfter: start.from };
      return this.client.send(new this.sdk.ListObjectsV2Command({ ...input, ...from }), optionsOf(signal));
    };
    const name = s3Url(bucket, prefix);
    for (let left = listTries; ; left -= 1) {
      try {
        return checkedPage(await this.asked(name, ask), this.where);
      } catch (error) {
        if (!(error instanceof CutShort) || left === 1) throw error;
      }
    }
  }

  /** The bytes of an object, starting at `from`. @throws InputError if the object has changed since it was listed */
  async open(object: S3Object, from: number, signal?: AbortSignal): Promise<OpenedObject> {
    const { bucket, key, etag } = object;
    const range = from > 0 ? { Range: `bytes=${from}-` } : {};
    const condition = etag === "" ? {} : { IfMatch: `"${etag}"` };
    const command = new this.sdk.GetObjectCommand({ Bucket: bucket, Key: key, ...range, ...condition });
    const answer = await this.asked(s3Url(bucket, key), () => this.client.send(command, optionsOf(signal)));
    const body = answer.Body as Readable;
    const { fault, skip } = judgeRange(answer, object, from);
    if (fault === null) return { body, skip, encoding: encodingOf(answer.ContentEncoding) };
    body.destroy();
    throw new InputError(s3Url(bucket, key), fault);
  }

  async head(object: S3Object, signal?: AbortSignal): Promise<S3Head> {
    const { ServerSideEncryption, SSECustomerAlgorithm, ContentLength, PartsCount, ContentEncoding } =
      await this.headOfPart(object, 1, signal);
    const encrypted = SSECustomerAlgorithm !== undefined || (ServerSideEncryption ?? "AES256") !== "AES256";
    const firstPart = PartsCount === undefined ? null : (ContentLength ?? null);
    return { encrypted, firstPart, encoding: encodingOf(ContentEncoding) };
  }

  /** Sizes of an object's parts; null if the server does not report them. */
  async partSizes(object: S3Object, count: number, signal?: AbortSignal): Promise<number[] | null> {
    const sizes: number[] = [];
    while (sizes.length < count) {
      const numbers = Array.from(
        { length: Math.min(partsAtOnce, count - sizes.length) },
        (_, i) => sizes.length + 1 + i,
      );
      const heads = await Promise.all(numbers.map((number) => this.headOfPart(object, number, signal)));
      sizes.push(...heads.map(({ ContentLength = 0 }) => ContentLength));
    }
    return sizes.reduce((sum, size) => sum + size, 0) === object.size ? sizes : null;
  }

  private headOfPart(
    { bucket, key }: S3Object,
    part: number,
    signal?: AbortSignal,
  ): Promise<Sdk.HeadObjectCommandOutput> {
    const command = new this.sdk.HeadObjectCommand({ Bucket: bucket, Key: key, PartNumber: part });
    return this.asked(s3Url(bucket, key), () => this.client.send(command, optionsOf(signal)));
  }

  private get where(): string {
    return this.place.endpoint ?? "AWS";
  }

  close(): void {
    this.client.destroy();
  }

  /** Describes an error while a body is read. */
  explain(error: unknown, name: string): Error {
    return explainS3Error(error, name, this.place);
  }

  private async asked<T>(name: string, ask: () => Promise<T>): Promise<T> {
    try {
      return await ask();
    } catch (error) {
      throw this.explain(error, name);
    }
  }
}

/** @throws CutShort for an incomplete list; MuonitorError for a response that is not a list */
function checkedPage(page: Sdk.ListObjectsV2CommandOutput, where: string): Sdk.ListObjectsV2CommandOutput {
  const { Name, KeyCount, Contents = [] } = page;
  if (Name === undefined && KeyCount === undefined) throw noS3Server(where);
  if (KeyCount !== undefined && KeyCount !== Contents.length) throw new CutShort(where);
  return page;
}

function optionsOf(signal: AbortSignal | undefined): { abortSignal?: AbortSignal } {
  return signal === undefined ? {} : { abortSignal: signal };
}

/** The encoding without that of the upload, which some servers include. */
function encodingOf(header: string | undefined): string {
  const names = (header ?? "")
    .toLowerCase()
    .split(",")
    .map((name) => name.trim());
  return names
    .filter((name) => !["", "identity", "aws-chunked"].includes(name))
    .join(", ")
    .replace("x-gzip", "gzip");
}

/** Times in lists and responses may be truncated to seconds. */
const timesDifferMs = 1000;

interface RangeVerdict {
  /** Why the response must be rejected; null when it is valid. */
  fault: string | null;
  /** Number of bytes at its start that were not requested. */
  skip: number;
}

/** A response may end before the end of the object; the rest is then requested separately. */
function judgeRange(answer: Sdk.GetObjectCommandOutput, object: S3Object, from: number): RangeVerdict {
  const refused = (fault: string): RangeVerdict => ({ fault, skip: 0 });
  if (isChanged(answer, object)) return refused(changedReason);
  const range = /^bytes (\d+)-(\d+)\/(\d+|\*)$/.exec(answer.ContentRange ?? "");
  if (answer.ContentRange !== undefined && range === null)
    return refused(`the server answered with an invalid range: ${answer.ContentRange}`);
  const [first, total] = range === null ? [0, null] : [Number(range[1]), range[3]];
  if (total !== null && total !== "*" && Number(total) !== object.size) return refused(changedReason);
  if (first !== 0 && first !== from)
    return refused(`the server answered with bytes from ${first} instead of ${from}`);
  const length = answer.ContentLength;
  if (length !== undefined && (first + length > object.size || (range === null && length !== object.size)))
    return refused(changedReason);
  return { fault: null, skip: from - first };
}

function isChanged(
  { ETag, LastModified }: Sdk.GetObjectCommandOutput,
  { etag, modifiedMs }: S3Object,
): boolean {
  if (ETag !== undefined && etag !== "") return unquoted(ETag) !== etag;
  if (LastModified === undefined || modifiedMs === null) return false;
  return Math.abs(LastModified.getTime() - modifiedMs) > timesDifferMs;
}

function unquoted(etag: string): string {
  return etag.replaceAll(/^(W\/)?"|"$/g, "");
}
