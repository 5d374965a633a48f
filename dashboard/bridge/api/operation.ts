/** One operation of the HTTP interface as data: its function and its documentation. */
import type { Answer } from "../../../pipeline/model/index.js";
import type { Method } from "../router.js";
import type { NextPage } from "./pages.js";

type PagedAnswer = Answer<unknown> & { next?: NextPage };

/** The data of a request. */
export interface Asked {
  /** Parts of the path, decoded. */
  path: Readonly<Record<string, string>>;
  query: URLSearchParams;
  /** Parsed JSON; undefined without a body. */
  body: unknown;
}

export interface Parameter {
  name: string;
  in: "path" | "query";
  type: "integer" | "string";
  description: string;
  required?: boolean;
}

export interface Operation {
  method: Method;
  /** Parameters are in braces: `/api/v1/windows/{id}`. */
  path: string;
  summary: string;
  parameters?: readonly Parameter[];
  /** Schema name of the body, see schemas.ts. */
  body?: string;
  /** Schema name of the answer; `X[]` is a list of X. */
  answer: string;
  /** Formats other than JSON, selected with `?format=`. */
  formats?: Record<string, { type: string; write: (value: never) => string }>;
  /** An answer that is a list may name its next page. */
  run: (asked: Asked) => PagedAnswer | Promise<PagedAnswer>;
}

/** An integer of the query; undefined when it is missing, NaN when it is not an integer. */
export function numberOf(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null) return undefined;
  return /^-?\d+$/.test(text) ? Number(text) : Number.NaN;
}
