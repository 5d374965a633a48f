/** HTTP interface of the embedded system, beside the page: status, and records for its topic. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { MuonitorError, type RawRecord } from "../../pipeline/model/index.js";
import { bearerOf, createTokenCheck, readBody, sendJson, type Routes } from "../../dashboard/bridge/index.js";
import { maxRequestBytes, recordsPath, recordsType, statusPath } from "../system/client.js";
import { unpackRecords } from "../../pipeline/steps/index.js";
import type { EmbeddedSystem } from "./embedded/engine.js";
import type { LiveSystem } from "./live-system.js";

/** Who may use these routes. */
export interface RouteTokens {
  /** Of the state folder: the commands of the system's own user show it. */
  own: string;
  /** Of pages and programs; without it everybody may ask for the status. */
  bridge?: string | undefined;
}

/** What every running system answers. */
export function statusRoutes(system: Pick<LiveSystem, "status">, { own, bridge }: RouteTokens): Routes {
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

export function systemRoutes(system: EmbeddedSystem, tokens: RouteTokens): Routes {
  const isOwn = createTokenCheck(tokens.own);
  return new Map([
    ...statusRoutes(system, tokens),
    [
      `POST ${recordsPath}`,
      (request: IncomingMessage, response: ServerResponse) =>
        takeRecords(system, isOwn(bearerOf(request)), request, response),
    ],
  ]);
}

function refuse(response: ServerResponse): void {
  const error = "a token is needed: Authorization: Bearer …";
  sendJson(response, 401, { error }, { "www-authenticate": "Bearer" });
}

function sendStatus(system: Pick<LiveSystem, "status">, response: ServerResponse): void {
  sendJson(response, 200, system.status());
}

/** Packed records, or with any other content type one record whose value is the body. */
async function takeRecords(
  system: EmbeddedSystem,
  isOwn: boolean,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { status, text } = isOwn
    ? await acceptRecords(system, request)
    : { status: 401, text: "the token is missing or wrong" };
  response.writeHead(status, { "content-type": "text/plain; charset=utf-8" });
  response.end(text === "" ? undefined : `${text}\n`);
}

async function acceptRecords(
  system: EmbeddedSystem,
  request: IncomingMessage,
): Promise<{ status: number; text: string }> {
  const encoding = request.headers["content-encoding"] ?? "identity";
  if (encoding.toLowerCase() !== "identity")
    return { status: 415, text: `content-encoding ${encoding} is not supported, send the rows as they are` };
  const body = await readBody(request, maxRequestBytes);
  if (body === null) return { status: 413, text: `a request holds at most ${maxRequestBytes} bytes` };
  try {
    await system.pipeline.send(recordsOf(body, request.headers["content-type"]));
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
