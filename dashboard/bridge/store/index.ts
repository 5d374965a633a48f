/** The bridge's store on disk. */
export { Store, type StoreOptions } from "./store.js";
export type { StoredQuantities } from "./shift-records.js";
