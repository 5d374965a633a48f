/** The bridge between the windows and the page. */
export * from "./bridge.js";
export type { RouteHandler, Routes } from "./web-server.js";
export type { PracticeControl, WindowSink, WindowSource } from "./source.js";
