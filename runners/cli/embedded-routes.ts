/** HTTP interface of the embedded system, beside the page: status, and records for its topic. */
import { timingSafeEqual } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { MuonitorError, type RawRecord } from "../../pipeline/model/index.js";
import type { Routes } from "../../dashboard/bridge/index.js";
import { maxRequestBytes, recordsPath, recordsType, statusPath } from "../system-client.js";
import { unpackRecords } from "../../pipeline/steps/index.js";
import type { EmbeddedSystem } from "./embedded-system.js";
import type { LiveSystem } from "./live-system.js";

/** What every running system answers. */
export function statusRoutes(system: LiveSystem): Routes {
  return new Map([
    [`GET ${statusPath}`, (_: IncomingMessage, response: ServerResponse) => sendStatus(system, response)],
  ]);
}

export function systemRoutes(system: EmbeddedSystem, token: string): Routes {
  return new Map([
    ...statusRoutes(system),
    [
      `POST ${recordsPath}`,
      (request: IncomingMessage, response: ServerResponse) => takeRecords(system, token, request, response),
    ],
  ]);
}

function sendStatus(system: LiveSystem, response: ServerResponse): void {
  response.writeHead(200, { "content-type": "application/json", "cache-control": "no-store" });
  response.end(`${JSON.stringify(system.status())}\n`);
}

/** Packed records, or with any other content type one record whose value is the body. */
async function takeRecords(
  system: EmbeddedSystem,
  token: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { status, text } = hasToken(request, token)
    ? await acceptRecords(system, request)
    : { status: 401, text: "the token is missing or wrong" };
  response.writeHead(status, { "content-type": "text/plain; charset=utf-8" });
  response.end(text === "" ? undefined : `${text}\n`);
}

async function acceptRecords(
  system: EmbeddedSystem,
  request: IncomingMessage,
): Promise<{ status: number; text: string }> {
  const body = await readBody(request);
  if (body === null) return { status: 413, text: `a request holds at most ${maxRequestBytes} bytes` };
  try {
    await system.pipeline.send(recordsOf(body, request.headers["content-type"]));
    return { status: 204, text: "" };
  } catch (error) {
    if (!(error instanceof MuonitorError)) throw error;
    return { status: error.retriable ? 503 : 400, text: error.message };
  }
}

function hasToken(request: IncomingMessage, token: string): boolean {
  const given = Buffer.from(request.headers.authorization ?? "");
  const expected = Buffer.from(`Bearer ${token}`);
  return given.length === expected.length && timingSafeEqual(given, expected);
}

async function readBody(request: IncomingMessage): Promise<Uint8Array | null> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > maxRequestBytes) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function recordsOf(body: Uint8Array, type: string | undefined): RawRecord[] {
  if (type === recordsType) return [...unpackRecords(body)];
  return [{ key: null, value: body, timestampMs: Date.now(), partition: 0 }];
}
