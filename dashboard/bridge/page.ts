/** Serves the built page over HTTP: files, and the index with a new nonce in each response. */
import { randomBytes } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { join } from "node:path";
import sirv from "sirv";
import { UnavailableError } from "../../pipeline/model/index.js";
import { allowOf, methodOf, plain, sendBody } from "./answer.js";
import { contentSecurityPolicy, setCommonHeaders } from "./security-headers.js";

/** Placeholder for the nonce in the built index.html; written by the page's build. */
const noncePlaceholder = "__MUONITOR_NONCE__";

/** Serves GET and HEAD from the folder of the built page. */
export function createPageHandler(pageFolder: string): RequestListener {
  const index = readIndex(pageFolder);
  const files = sirv(pageFolder, { dev: false, etag: true, gzip: true, setHeaders: cacheForever });
  return (request, response) => {
    setCommonHeaders(response);
    if (methodOf(request) !== "GET") {
      plain(response, 405, "method not allowed", { allow: allowOf(["GET"]) });
    } else if (isIndex(request)) {
      sendIndex(request, response, index);
    } else if (existsSync(join(pageFolder, pathOf(request)))) {
      files(request, response, () => plain(response, 404, "not found"));
    } else {
      // sirv lists the files at its start: reading a file that a new build has removed would crash the process.
      plain(response, 404, "not found");
    }
  };
}

function pathOf(request: IncomingMessage): string {
  const path = (request.url ?? "/").split("?", 1)[0] as string;
  try {
    return decodeURIComponent(path).replaceAll("\0", "");
  } catch {
    return path;
  }
}

function readIndex(pageFolder: string): string {
  const path = join(pageFolder, "index.html");
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    throw new UnavailableError(`the page is not built: ${path} cannot be read`, { cause });
  }
}

function isIndex(request: IncomingMessage): boolean {
  const path = pathOf(request);
  return path === "/" || path === "/index.html";
}

function sendIndex(request: IncomingMessage, response: ServerResponse, index: string): void {
  const nonce = randomBytes(16).toString("base64");
  sendBody(response, 200, index.replaceAll(noncePlaceholder, nonce), {
    "content-type": "text/html; charset=utf-8",
    "cache-control": "no-store",
    "content-security-policy": contentSecurityPolicy(nonce, request.headers.host ?? ""),
  });
}

/** Names of built assets contain a hash of their content. */
function cacheForever(response: ServerResponse, path: string): void {
  const hashed = path.startsWith("/assets/");
  response.setHeader("cache-control", hashed ? "public, max-age=31536000, immutable" : "no-cache");
}
