/** The bridge's memory on disk. */
export { Store, type StoreOptions } from "./store.js";
