/**
 * Loaded before the SDK. Its package serialize-closures (0.2.9) calls `util.isPrimitive` while it loads: Node 22
 * prints DEP0054 for it, Node 23 has removed it. Delete this file when the SDK no longer needs that function.
 */
import util from "node:util";

function isPrimitive(value: unknown): boolean {
  return value === null || (typeof value !== "object" && typeof value !== "function");
}

Object.assign(util, { isPrimitive });
