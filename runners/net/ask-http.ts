/** One HTTP request with a deadline. Transport errors are worded to fit after "ADDRESS: ". */
import { request as httpRequest, type IncomingMessage, type RequestOptions } from "node:http";
import { request as httpsRequest } from "node:https";
import { text } from "node:stream/consumers";
import { withDeadline } from "../process/index.js";
import { answerMs } from "./answer-time.js";

export interface HttpAsk {
  method?: string;
  headers?: Record<string, string>;
  body?: string;
  /** Default: {@link answerMs}. */
  withinMs?: number;
  signal?: AbortSignal | undefined;
}

interface HttpAnswer {
  status: number;
  /** Content type; empty if absent. */
  type: string;
  text: string;
}

/** No answer, or only part of one. */
export class NoAnswer extends Error {
  /** @param isForeign whether the peer does not speak HTTP */
  constructor(
    reason: string,
    readonly isForeign: boolean,
    cause: unknown,
  ) {
    super(reason, { cause });
    this.name = "NoAnswer";
  }
}

/**
 * Unlike Node's fetch, this settles when the peer closes the connection immediately.
 * @throws NoAnswer, UnavailableError after the deadline, the signal's reason
 */
export async function askHttp(url: string | URL, ask: HttpAsk = {}): Promise<HttpAnswer> {
  const { withinMs = answerMs(), signal, ...request } = ask;
  const { host } = new URL(url);
  return withDeadline((over) => exchange(new URL(url), request, over), withinMs, host, signal);
}

async function exchange(
  url: URL,
  { method = "GET", headers = {}, body }: HttpAsk,
  signal: AbortSignal,
): Promise<HttpAnswer> {
  const open = url.protocol === "https:" ? httpsRequest : httpRequest;
  const options: RequestOptions = { method, headers, signal, agent: false };
  try {
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      open(url, options, resolve).on("error", reject).end(body);
    });
    const { statusCode: status = 0, headers: given } = response;
    return { status, type: given["content-type"] ?? "", text: await text(response) };
  } catch (error) {
    throw noAnswer(error);
  }
}

const reasons: Record<string, string> = {
  ECONNREFUSED: "connection refused",
  ENOTFOUND: "unknown host",
  EAI_AGAIN: "the host name cannot be resolved",
  EHOSTUNREACH: "no route to the host",
  ENETUNREACH: "no route to the host",
  ETIMEDOUT: "it does not answer",
};

function noAnswer(error: unknown): NoAnswer {
  const {
    code = "",
    message,
    errors,
  } = error as NodeJS.ErrnoException & { errors?: NodeJS.ErrnoException[] };
  const known = reasons[code] ?? reasons[errors?.[0]?.code ?? ""];
  if (known !== undefined) return new NoAnswer(known, false, error);
  if (message === "aborted")
    return new NoAnswer("the connection breaks in the middle of the answer", true, error);
  if (code === "ECONNRESET" || code === "EPIPE")
    return new NoAnswer("it closes the connection without an answer", true, error);
  if (code.startsWith("HPE_")) return new NoAnswer("its answer is not HTTP", true, error);
  if (code === "EPROTO" || code.startsWith("ERR_SSL"))
    return new NoAnswer("it does not speak TLS", true, error);
  return new NoAnswer(message, false, error);
}

/** Short description of an unexpected answer, for messages. */
export function kindOf({ status, type }: Pick<HttpAnswer, "status" | "type">): string {
  if (status >= 300) return `HTTP status ${status}`;
  if (type.includes("html")) return "HTML";
  if (type.includes("json")) return "other JSON";
  return type === "" ? "no known content" : type.replace(/;.*/, "");
}
