/** A small S3 server with objects in memory and unusual behaviour of real servers. */
import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** How a page of a list refers to the next page, or the fault of the list. */
export type ListOddity =
  | "token"
  | "no token"
  | "v1"
  | "same token"
  | "empty pages"
  | "endless empty pages"
  | "repeated page"
  | "backwards"
  | "silent"
  | "needless token"
  | "wrong count"
  | "other keys"
  | "no size";

export interface OddServer {
  endpoint: string;
  lists: number;
  list: ListOddity;
  /** Requests whose response hangs before its body or after half of it. */
  hangs: "list" | "list, halfway" | "object" | "object, halfway" | null;
  objects: Map<string, { body: Buffer; headers?: Record<string, string>; error?: [number, string] }>;
  /** Changes the response to a request for an object's bytes. */
  get: (
    from: number,
    body: Buffer,
  ) => { status: number; body: Buffer; headers?: Record<string, string> } | null;
  close(): Promise<void>;
}

export async function startOddServer(): Promise<OddServer> {
  const http = createServer((request, response) => answer(server, request, response));
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  const server: OddServer = {
    endpoint: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    lists: 0,
    list: "token",
    hangs: null,
    objects: new Map(),
    get: () => null,
    close: () => {
      http.closeAllConnections();
      return new Promise((resolve) => http.close(() => resolve()));
    },
  };
  return server;
}

const md5 = (body: Buffer): string => `"${createHash("md5").update(body).digest("hex")}"`;

function answer(server: OddServer, request: IncomingMessage, response: ServerResponse): void {
  const { pathname, searchParams } = new URL(request.url ?? "", server.endpoint);
  const key = decodeURIComponent(pathname.split("/").slice(2).join("/"));
  const { hangs } = server;
  if (key === "") {
    response.writeHead(200, { "content-type": "application/xml" });
    return send(response, page(server, searchParams), hangs?.startsWith("list") ? hangs : null);
  }
  const object = server.objects.get(key);
  if (object === undefined) return void response.writeHead(404).end("<Error><Code>NoSuchKey</Code></Error>");
  if (object.error !== undefined) {
    const [status, code] = object.error;
    return void response.writeHead(status).end(`<Error><Code>${code}</Code><Message>no</Message></Error>`);
  }
  const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? "")?.[1] ?? 0);
  const given = server.get(from, object.body) ?? { status: 200, body: object.body };
  const headers = {
    etag: md5(object.body),
    "content-length": given.body.length,
    ...object.headers,
    ...given.headers,
  };
  response.writeHead(given.status, headers);
  if (request.method === "HEAD") return void response.end();
  send(response, given.body, hangs?.startsWith("object") ? hangs : null);
}

function send(response: ServerResponse, body: Buffer | string, hangs: OddServer["hangs"]): void {
  if (hangs === null) response.end(body);
  else if (hangs.endsWith("halfway")) response.write(Buffer.from(body).subarray(0, body.length >> 1));
  else response.flushHeaders();
}

/** Pages with one key each. */
function page(server: OddServer, query: URLSearchParams): string {
  server.lists += 1;
  const { list } = server;
  const prefix = query.get("prefix") ?? "";
  const keys = [...server.objects.keys()].filter((key) => key.startsWith(prefix)).sort();
  if (list === "backwards") keys.reverse();
  const token = query.get("continuation-token");
  const knows =
    { "same token": false, v1: query.has("marker"), "no token": query.has("start-after") }[list as string] ??
    true;
  const after =
    (list === "v1" ? query.get("marker") : (query.get("start-after") ?? token?.replace(/^t:/, ""))) ?? "";
  const isEmpty = list.endsWith("empty pages") && (token === null || list.startsWith("endless"));
  const at = knows && after !== "" && after !== "start" ? keys.indexOf(after) + 1 : 0;
  const found = isEmpty ? [] : keys.slice(at, list === "silent" ? undefined : at + 1);
  const more = isEmpty || at + 1 < keys.length;
  const next = isEmpty ? `start` : (found.at(-1) ?? "");
  const nextToken =
    {
      "no token": "",
      v1: "",
      silent: "",
      "same token": "<NextContinuationToken>x</NextContinuationToken>",
      "endless empty pages": `<NextContinuationToken>${server.lists}</NextContinuationToken>`,
      "needless token": "<NextContinuationToken>t:z</NextContinuationToken>",
    }[list as string] ??
    (more
      ? `<NextContinuationToken>${list === "repeated page" && server.lists === 2 ? "start" : `t:${next}`}</NextContinuationToken>`
      : "");
  const contents = (list === "needless token" ? keys : found).map((key) => {
    const body = server.objects.get(key)!.body;
    const size = list === "no size" ? "" : `<Size>${body.length}</Size>`;
    return `<Contents><Key>${list === "other keys" ? "else" : key}</Key>${size}<ETag>${md5(body)}</ETag></Contents>`;
  });
  const truncated =
    { silent: "", "needless token": "<IsTruncated>false</IsTruncated>" }[list as string] ??
    `<IsTruncated>${more}</IsTruncated>`;
  const count =
    list === "v1" ? "" : `<KeyCount>${contents.length + (list === "wrong count" ? 500 : 0)}</KeyCount>`;
  return `<?xml version="1.0"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>b</Name>${count}${truncated}${nextToken}${contents.join("")}</ListBucketResult>`;
}
