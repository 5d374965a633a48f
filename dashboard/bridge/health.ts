/** Liveness, readiness and metrics of the bridge. */
import { bearerOf, type TokenCheck } from "./api/access.js";
import { sendBody, sendJson } from "./answer.js";
import type { BridgeMetrics } from "./api/metrics.js";
import type { Routes } from "./router.js";

interface HealthParts {
  metrics: BridgeMetrics;
  hasToken: TokenCheck;
  /** Reasons why it cannot show current data; empty when ready. */
  notReady: () => string[];
}

export function healthRoutes({ metrics, hasToken, notReady }: HealthParts): Routes {
  return [
    { method: "GET", path: "/healthz", run: ({ response }) => sendJson(response, 200, { status: "ok" }) },
    {
      method: "GET",
      path: "/readyz",
      run: ({ response }) => {
        const reasons = notReady();
        const status = reasons.length === 0 ? "ready" : "not ready";
        sendJson(response, reasons.length === 0 ? 200 : 503, { status, reasons });
      },
    },
    {
      method: "GET",
      path: "/metrics",
      run: async ({ request, response }) => {
        if (!hasToken(bearerOf(request))) return sendJson(response, 401, { error: "token required" });
        const text = await metrics.text();
        const headers = { "content-type": metrics.contentType, "cache-control": "no-store" };
        sendBody(response, 200, text, headers);
      },
    },
  ];
}
