/** Whether an answer holds the bytes that were asked for. */
import type * as Sdk from "@aws-sdk/client-s3";
import { changedReason } from "./errors.js";
import type { S3Object } from "./store.js";

/** Times of lists and of answers may be cut to seconds. */
const timesDifferMs = 1000;

interface RangeVerdict {
  /** Why the answer must not be taken; null when it may. */
  fault: string | null;
  /** Bytes at its start that were not asked for. */
  skip: number;
}

/** An answer may hold less than what follows `from`: the rest is asked for again. */
export function judgeRange(answer: Sdk.GetObjectCommandOutput, object: S3Object, from: number): RangeVerdict {
  const refused = (fault: string): RangeVerdict => ({ fault, skip: 0 });
  if (isChanged(answer, object)) return refused(changedReason);
  const range = /^bytes (\d+)-(\d+)\/(\d+|\*)$/.exec(answer.ContentRange ?? "");
  if (answer.ContentRange !== undefined && range === null)
    return refused(`the server answers with a range that is none: ${answer.ContentRange}`);
  const [first, total] = range === null ? [0, null] : [Number(range[1]), range[3]];
  if (total !== null && total !== "*" && Number(total) !== object.size) return refused(changedReason);
  if (first !== 0 && first !== from)
    return refused(`the server answers with bytes from ${first} on instead of ${from}`);
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

export function unquoted(etag: string): string {
  return etag.replaceAll(/^(W\/)?"|"$/g, "");
}
