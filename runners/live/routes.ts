/** HTTP interface of a running system, beside the page: its status, and records for an embedded topic. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { MuonitorError, type RawRecord, type SystemStatus } from "../../pipeline/model/index.js";
import { bearerOf, createTokenCheck, readBody, sendJson, type Routes } from "../../dashboard/bridge/index.js";
import { maxRequestBytes, recordsPath, recordsType, statusPath } from "../system/client.js";
import { unpackRecords } from "../../pipeline/steps/index.js";
import type { RecordSender } from "../../producer/index.js";

/** Who may use these routes. */
export interface RouteTokens {
  /** Of the state folder: the commands of the system's own user show it. */
  own: string;
  /** Of pages and programs; without it everybody may ask for the status. */
  bridge?: string | undefined;
}

/** What every running system answers. */
export function statusRoutes(system: { status: () => SystemStatus }, { own, bridge }: RouteTokens): Routes {
  const isOwn = createTokenCheck(own);
  const isWelcome = createTokenCheck(bridge);
  return new Map([
    [
      `GET ${statusPath}`,
      (request: IncomingMessage, response: ServerResponse) => {
        const token = bearerOf(request);
        if (isWelcome(token) || isOwn(token)) sendStatus(system, response);
        else refuse(response);
      },
    ],
  ]);
}

/** Records for a topic that is in memory. */
export function recordRoutes(topic: RecordSender, tokens: RouteTokens): Routes {
  const isOwn = createTokenCheck(tokens.own);
  return new Map([
    [
      `POST ${recordsPath}`,
      (request: IncomingMessage, response: ServerResponse) =>
        takeRecords(topic, isOwn(bearerOf(request)), request, response),
    ],
  ]);
}

function refuse(response: ServerResponse): void {
  const error = "a token is needed: Authorization: Bearer …";
  sendJson(response, 401, { error }, { "www-authenticate": "Bearer" });
}

function sendStatus(system: { status: () => SystemStatus }, response: ServerResponse): void {
  sendJson(response, 200, system.status());
}

/** Packed records, or with any other content type one record whose value is the body. */
async function takeRecords(
  topic: RecordSender,
  isOwn: boolean,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { status, text } = isOwn
    ? await acceptRecords(topic, request)
    : { status: 401, text: "the token is missing or wrong" };
  response.writeHead(status, { "content-type": "text/plain; charset=utf-8" });
  response.end(text === "" ? undefined : `${text}\n`);
}

async function acceptRecords(
  topic: RecordSender,
  request: IncomingMessage,
): Promise<{ status: number; text: string }> {
  const encoding = request.headers["content-encoding"] ?? "identity";
  if (encoding.toLowerCase() !== "identity")
    return { status: 415, text: `content-encoding ${encoding} is not supported, send the rows as they are` };
  const body = await readBody(request, maxRequestBytes);
  if (body === null) return { status: 413, text: `a request holds at most ${maxRequestBytes} bytes` };
  try {
    await topic.send(recordsOf(body, request.headers["content-type"]));
    return { status: 204, text: "" };
  } catch (error) {
    if (!(error instanceof MuonitorError)) throw error;
    return { status: error.retriable ? 503 : 400, text: error.message };
  }
}

function recordsOf(body: Uint8Array, type: string | undefined): RawRecord[] {
  if (type === recordsType) return [...unpackRecords(body)];
  return [{ key: null, value: body, timestampMs: Date.now(), partition: 0 }];
}
