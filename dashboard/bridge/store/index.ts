/** The bridge's memory on disk. */
export { defaultKeep, defaultMaxBytes, Store, type StoreOptions } from "./store.js";
