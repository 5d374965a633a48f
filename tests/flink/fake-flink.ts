/** A small server that imitates Flink's REST interface. */
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach } from "vitest";
import { FlinkRest } from "../../runners/flink/rest.js";

interface Asked {
  method: string | undefined;
  path: string | undefined;
  body: unknown;
}

/** Status and JSON of a response. */
export type Answer = [status: number, body: unknown];

let server: Server | null = null;
afterEach(stopFlink);

/** Closes the server; connections are refused. */
export function stopFlink(): void {
  server?.close();
}

/** Starts a server that gives the responses of a path one after another, and repeats the last. */
export async function flinkWith(
  answers: Record<string, Answer[]>,
): Promise<{ rest: FlinkRest; asked: Asked[] }> {
  const asked: Asked[] = [];
  server = createServer((request, response) => {
    void textOf(request).then((text) => {
      const key = `${request.method} ${request.url}`;
      asked.push({ method: request.method, path: request.url, body: text === "" ? null : JSON.parse(text) });
      const left = answers[key] ?? [[404, { errors: ["not found"] }]];
      const [status, body] = (left.length > 1 ? left.shift() : left[0]) as Answer;
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve) => server?.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return { rest: new FlinkRest(`127.0.0.1:${port}`), asked };
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of request) text += String(chunk);
  return text;
}
