/** HTTP interface of a running system, in addition to the page's: its status, and records for an embedded topic. */
import { MuonitorError, type RawRecord, type SystemStatus } from "../../pipeline/model/index.js";
import {
  bearerOf,
  createTokenCheck,
  HttpError,
  readBody,
  sendJson,
  tokenNeeded,
  type Exchange,
  type Routes,
} from "../../dashboard/bridge/index.js";
import { maxRequestBytes, recordsPath, recordsType, statusPath } from "../system/client.js";
import { unpackRecords } from "../../pipeline/steps/index.js";
import type { RecordSender } from "../../producer/index.js";

/** Tokens that give access to these routes. */
export interface RouteTokens {
  /** Token in the state folder, sent by commands of the user who runs the system. */
  own: string;
  /** Token of pages and programs; without a token, the status is public. */
  bridge?: string | undefined;
}

/** Routes of every running system. */
export function statusRoutes(system: { status: () => SystemStatus }, { own, bridge }: RouteTokens): Routes {
  const isOwn = createTokenCheck(own);
  const isWelcome = createTokenCheck(bridge);
  const run = ({ request, response }: Exchange): void => {
    const token = bearerOf(request);
    if (isWelcome(token) || isOwn(token)) return sendJson(response, 200, system.status());
    sendJson(response, 401, { error: tokenNeeded }, { "www-authenticate": "Bearer" });
  };
  return [{ method: "GET", path: statusPath, run }];
}

/** Accepts records for an in-memory topic: packed records, or with any other content type the body as one record. */
export function recordRoutes(topic: RecordSender, { own }: RouteTokens): Routes {
  const isOwn = createTokenCheck(own);
  const run = async ({ request, response }: Exchange): Promise<void> => {
    if (!isOwn(bearerOf(request))) throw new HttpError(401, "the token is missing or wrong");
    const body = await readBody(request, maxRequestBytes, "the rows uncompressed");
    await send(topic, () => recordsOf(body, request.headers["content-type"]));
    response.writeHead(204).end();
  };
  return [{ method: "POST", path: recordsPath, run }];
}

/** @throws HttpError 503 when a retry may succeed, 400 when the records are wrong */
async function send(topic: RecordSender, records: () => RawRecord[]): Promise<void> {
  try {
    await topic.send(records());
  } catch (error) {
    if (!(error instanceof MuonitorError)) throw error;
    throw new HttpError(error.retriable ? 503 : 400, error.message);
  }
}

function recordsOf(body: Uint8Array, type: string | undefined): RawRecord[] {
  if (type === recordsType) return [...unpackRecords(body)];
  return [{ key: null, value: body, timestampMs: Date.now(), partition: 0 }];
}
