/**
 * Loaded before the SDK. The SDK loads a Google Pub/Sub client, which Muonitor does not use and which takes a third of the
 * SDK's loading time; an empty module replaces it. Delete this file when the SDK loads the client on demand.
 */
import Module, { createRequire } from "node:module";

const require = createRequire(createRequire(import.meta.url).resolve("apache-beam"));
const path = require.resolve("@google-cloud/pubsub");
const empty = new Module(path);
empty.loaded = true;

require.cache[path] ??= empty;
