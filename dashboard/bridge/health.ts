/** For whoever supervises the bridge: does it live, can it serve, what are its numbers. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { bearerOf, type TokenCheck } from "./api/access.js";
import type { BridgeMetrics } from "./api/metrics.js";
import type { Routes } from "./web-server.js";

export interface HealthParts {
  metrics: BridgeMetrics;
  hasToken: TokenCheck;
  /** What is not yet as it must be to serve; empty when ready. */
  notReady: () => string[];
}

export function healthRoutes({ metrics, hasToken, notReady }: HealthParts): Routes {
  return new Map([
    ["GET /healthz", (_: IncomingMessage, response: ServerResponse) => json(response, 200, { status: "ok" })],
    [
      "GET /readyz",
      (_: IncomingMessage, response: ServerResponse) => {
        const reasons = notReady();
        const status = reasons.length === 0 ? "ready" : "not ready";
        json(response, reasons.length === 0 ? 200 : 503, { status, reasons });
      },
    ],
    [
      "GET /metrics",
      async (request: IncomingMessage, response: ServerResponse) => {
        if (!hasToken(bearerOf(request))) return json(response, 401, { error: "a token is needed" });
        const text = await metrics.text();
        response
          .writeHead(200, { "content-type": metrics.contentType, "cache-control": "no-store" })
          .end(text);
      },
    ],
  ]);
}

function json(response: ServerResponse, status: number, value: object): void {
  response.writeHead(status, {
    "content-type": "application/json; charset=utf-8",
    "cache-control": "no-store",
  });
  response.end(`${JSON.stringify(value)}\n`);
}
