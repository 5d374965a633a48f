/** A proxy for an S3 server that injects faults of a bad network. */
import { createServer, request, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

type Fault =
  /** Answers instead of the server. */
  | { kind: "status"; status: number; body: string; type?: string }
  /** Breaks the connection after this number of bytes of the body. */
  | { kind: "cut"; afterBytes: number }
  /** Sends nothing more after this number of bytes of the body. */
  | { kind: "silence"; afterBytes: number }
  /** Replaces the server's ETag. */
  | { kind: "etag"; etag: string }
  /** Reports the size of a part, like AWS, Ceph and MinIO, and unlike the server of the tests. */
  | { kind: "part"; bytes: number; parts: number };

export interface Asked {
  /** Key of the requested object; empty for lists and buckets. */
  key: string;
  range: string | undefined;
  /** Number of the part whose size is requested; 0 for none. */
  part: number;
}

export interface FaultProxy {
  endpoint: string;
  /** Requests so far. */
  asked: Asked[];
  /** Fault for a request; null for none. */
  fault: (asked: Asked) => Fault | null;
  close(): Promise<void>;
}

export async function startFaultProxy(target: string): Promise<FaultProxy> {
  const server = createServer((incoming, outgoing) => {
    const { pathname, searchParams } = new URL(incoming.url ?? "", target);
    const asked = {
      key: decodeURIComponent(pathname.split("/").slice(2).join("/")),
      range: incoming.headers.range,
      part: Number(searchParams.get("partNumber") ?? 0),
    };
    proxy.asked.push(asked);
    const fault = proxy.fault(asked);
    if (fault?.kind === "status") answer(outgoing, fault);
    else if (fault?.kind === "part")
      outgoing.writeHead(206, { "content-length": fault.bytes, "x-amz-mp-parts-count": fault.parts }).end();
    else forward(target, incoming, outgoing, fault);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const proxy: FaultProxy = {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked: [],
    fault: () => null,
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
  return proxy;
}

function answer(outgoing: ServerResponse, fault: Fault & { kind: "status" }): void {
  outgoing.writeHead(fault.status, { "content-type": fault.type ?? "application/xml" }).end(fault.body);
}

/** Keeps the client's Host header, because it is part of the signature. */
function forward(
  target: string,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  fault: Fault | null,
): void {
  const { headers } = incoming;
  const upstream = request(new URL(incoming.url ?? "", target), {
    method: incoming.method ?? "GET",
    headers,
  });
  upstream.on("error", () => outgoing.destroy());
  upstream.on("response", (response) => {
    const changed = fault?.kind === "etag" ? { etag: fault.etag } : {};
    outgoing.writeHead(response.statusCode ?? 502, { ...response.headers, ...changed });
    let left = fault?.kind === "cut" || fault?.kind === "silence" ? fault.afterBytes : Infinity;
    response.on("error", () => outgoing.destroy());
    response.on("data", (chunk: Buffer) => {
      if (left > 0) outgoing.write(chunk.subarray(0, Math.min(left, chunk.length)));
      left -= chunk.length;
      if (left > 0) return;
      response.destroy();
      // The written bytes must be sent before the connection breaks.
      if (fault?.kind === "cut") outgoing.write("", () => outgoing.destroy());
    });
    response.on("end", () => outgoing.end());
  });
  incoming.pipe(upstream);
}

/** An error response in the format of S3 servers. */
export function s3Error(status: number, code: string): Fault {
  const body = `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code><Message>no</Message></Error>`;
  return { kind: "status", status, body };
}
