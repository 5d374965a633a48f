/**
 * Loaded before the SDK, whose dependency serialize-closures (0.2.9) calls `util.isPrimitive` while loading. Node 22
 * prints DEP0054 for this call, and Node 23 has removed the function. Delete this file when the SDK no longer needs it.
 */
import util from "node:util";

function isPrimitive(value: unknown): boolean {
  return value === null || (typeof value !== "object" && typeof value !== "function");
}

Object.assign(util, { isPrimitive });
