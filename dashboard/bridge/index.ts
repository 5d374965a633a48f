/** The bridge between the windows and the page. */
export { bearerOf, createTokenCheck } from "./api/access.js";
export { tokenNeeded } from "./api/handler.js";
export { HttpError, sendJson } from "./answer.js";
export * from "./bridge.js";
export { readBody } from "./read-body.js";
export {
  builtInRules,
  createRules,
  rulesSchema,
  RunJudge,
  type Rules,
  type RunSummary,
} from "./quality/index.js";
export { Store, type StoreOptions } from "./store/index.js";
export type { Exchange, Routes } from "./router.js";
export { requireFreePort } from "./web-server.js";
export type { WindowPosition, PracticeControl, WindowSink, WindowSource } from "./source.js";
