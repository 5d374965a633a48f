/** The bridge's memory on disk. */
export { defaultKeep, defaultMaxBytes, Store, type Position, type StoreOptions } from "./store.js";
