/**
 * Loaded before SQLite: WebAssembly is compiled once and for good. Of itself Node 20 compiles what runs often a second
 * time, beside the program, and a process that ends meanwhile may wait for ever
 * (https://github.com/nodejs/node/issues/54918): of forty that ended soon after they had opened a store, up to six did.
 */
import { setFlagsFromString } from "node:v8";

setFlagsFromString("--no-liftoff");
