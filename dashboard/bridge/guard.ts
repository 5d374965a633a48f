/**
 * Decides which requests the bridge accepts. A page of another site must not reach it through the shifter's browser.
 * The Host header reveals a foreign name that resolves to our address (DNS rebinding); the Origin header reveals a
 * cross-site request.
 */
import { isIP } from "node:net";
import type { IncomingHttpHeaders } from "node:http";

const loopbackNames = new Set(["localhost", "127.0.0.1", "::1"]);

function isLoopback(host: string): boolean {
  return loopbackNames.has(host) || host.startsWith("127.");
}

/** Whether a request with these headers is accepted. */
export type Guard = (headers: IncomingHttpHeaders) => boolean;

/**
 * @param listenHost address that the bridge listens on
 * @param allowedHosts further host names of the bridge
 * @param allowedOrigins further origins that may use it, such as `https://shifts.example`
 */
export function createGuard(
  listenHost: string,
  allowedHosts: readonly string[],
  allowedOrigins: readonly string[] = [],
): Guard {
  const origins = new Set(allowedOrigins);
  const names = new Set([...loopbackNames, ...allowedHosts].map((name) => name.toLowerCase()));
  const open = !isLoopback(listenHost);
  return (headers) => {
    const name = hostName(headers.host);
    if (name === null) return false;
    // Only names can be rebound, not a bare IP address.
    const isKnownName = names.has(name) || name === listenHost || (open && isIP(name) !== 0);
    return isKnownName && (isOwnOrigin(headers) || origins.has(headers.origin ?? ""));
  };
}

/** The name in a Host header without port and brackets, in lower case. */
function hostName(host: string | undefined): string | null {
  const match = /^(?:\[([0-9a-f:.]+)\]|([^:[\]/@\s]+))(?::\d+)?$/i.exec(host ?? "");
  return (match?.[1] ?? match?.[2])?.toLowerCase() ?? null;
}

/** Browsers send no Origin with GET requests of the page itself, and programs send none at all. */
function isOwnOrigin(headers: IncomingHttpHeaders): boolean {
  const { origin, host } = headers;
  if (origin === undefined) return headers["sec-fetch-site"] !== "cross-site" || isNavigation(headers);
  return origin === `http://${host}` || origin === `https://${host}`;
}

/** Other sites may link to our page. */
function isNavigation(headers: IncomingHttpHeaders): boolean {
  return headers["sec-fetch-mode"] === "navigate" && headers["sec-fetch-dest"] === "document";
}
